import Glibc
import Synchronization
import WhiskerCore

/// SIGINT (Ctrl-C), SIGTERM and SIGHUP as a request to stop; a second signal ends the process at once.
enum Interruption {
  /// The first signal; 0 for none.
  private static let signaled = Atomic<Int32>(0)

  /// Whether the process has been asked to stop.
  static var isWished: Bool { signaled.load(ordering: .relaxed) != 0 }

  /// The exit status after a signal: 128 plus its number, as shells report it. If another process of the group received it,
  /// the number is that of SIGTERM, which launchers send.
  static var exitStatus: Int32 { 128 + (isWished ? signaled.load(ordering: .relaxed) : SIGTERM) }

  /// Records the first signal from now on, instead of ending the process.
  static func listen() {
    // Initialises the number, which a signal handler must not do.
    _ = isWished
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { Interruption.record($0) }
    action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND)) | SA_RESTART
    // A parent that starts the tool from a Dispatch queue, as Foundation's Process may, passes on a mask that blocks them.
    var signals = sigset_t()
    sigemptyset(&signals)
    for signal in [SIGINT, SIGTERM, SIGHUP] where !EndingSignals.isIgnored(signal) {
      sigaction(signal, &action, nil)
      sigaddset(&signals, signal)
    }
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    // Training continues when nobody reads the output any more.
    signal(SIGPIPE, SIG_IGN)
  }

  /// Restores SIGTERM's default action, to end the process.
  static func endAtOnce() {
    signal(SIGTERM, SIG_DFL)
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGTERM)
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }

  private static func record(_ signal: Int32) {
    _ = signaled.compareExchange(expected: 0, desired: signal, ordering: .relaxed)
  }
}
