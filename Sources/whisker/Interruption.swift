import Glibc
import Synchronization
import WhiskerTensor

/// Ctrl-C, SIGTERM and a lost terminal as a wish to end soon; a second one ends at once.
enum Interruption {
  /// The signal that came first; 0 for none.
  private static let signaled = Atomic<Int32>(0)

  /// Whether somebody wishes the process to end.
  static var isWished: Bool { signaled.load(ordering: .relaxed) != 0 }

  /// The exit status of a process that a signal ends: 128 and the signal's number, as shells report it. The signal may
  /// have reached another process of the job; launchers send SIGTERM.
  static var exitStatus: Int32 { 128 + (isWished ? signaled.load(ordering: .relaxed) : SIGTERM) }

  /// From now on the first signal is noted instead of ending the process.
  static func listen() {
    // The handler must not be the first to touch the number, whose making is no business of a signal handler.
    _ = isWished
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { Interruption.note($0) }
    action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND)) | SA_RESTART
    // A parent that starts the tool from a Dispatch queue, as Foundation's Process may, hands on a mask that blocks them.
    var signals = sigset_t()
    sigemptyset(&signals)
    for signal in [SIGINT, SIGTERM, SIGHUP] where !EndingSignals.isIgnored(signal) {
      sigaction(signal, &action, nil)
      sigaddset(&signals, signal)
    }
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    // What is printed is a courtesy; a training goes on when nobody reads it any more.
    signal(SIGPIPE, SIG_IGN)
  }

  /// From now on SIGTERM ends the process, as where nobody listens.
  static func endAtOnce() {
    signal(SIGTERM, SIG_DFL)
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGTERM)
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }

  private static func note(_ signal: Int32) {
    _ = signaled.compareExchange(expected: 0, desired: signal, ordering: .relaxed)
  }
}
