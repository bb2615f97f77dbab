import Glibc
import WhiskerCore

/// SIGTERM, SIGINT (Ctrl-C) and SIGHUP, which end the server after the requests in flight.
struct StopSignals {
  private var set = sigset_t()

  /// Blocks the signals in this thread and all that it starts.
  init() {
    sigemptyset(&set)
    for signal in [SIGTERM, SIGINT, SIGHUP] where !EndingSignals.isIgnored(signal) { sigaddset(&set, signal) }
    pthread_sigmask(SIG_BLOCK, &set, nil)
  }

  /// Waits for a signal, then for the end of the requests in flight, and ends the process: with status 0 after SIGTERM, which
  /// service managers send, otherwise with 128 plus the number of the signal. A second signal ends it at once.
  /// - Parameter seconds: The time limit for the requests in flight.
  func serve(_ server: Server, seconds: Int) -> Never {
    var set = set
    var first: Int32 = 0
    while sigwait(&set, &first) != 0 {}
    let status = first == SIGTERM ? 0 : 128 + first
    server.stop { _exit(status) }
    // Clients that are too slow lose their connections just before.
    let end = ContinuousClock.now + .seconds(seconds + 3)
    while ContinuousClock.now < end {
      var interval = timespec(tv_sec: 1, tv_nsec: 0)
      let second = sigtimedwait(&set, nil, &interval)
      if second > 0 { _exit(128 + second) }
    }
    Output.warn("stopped before all requests were answered")
    _exit(1)
  }
}
