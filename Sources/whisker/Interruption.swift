import Glibc
import Synchronization

/// Ctrl-C, SIGTERM and a lost terminal as a wish to end soon; a second one ends at once.
enum Interruption {
  private static let wished = Atomic(false)

  /// Whether somebody wishes the process to end.
  static var isWished: Bool { wished.load(ordering: .relaxed) }

  /// From now on the first signal is noted instead of ending the process.
  static func listen() {
    // The handler must not be the first to touch the flag, whose making is no business of a signal handler.
    _ = isWished
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { _ in Interruption.wished.store(true, ordering: .relaxed) }
    action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND)) | SA_RESTART
    // A parent that starts the tool from a Dispatch queue, as Foundation's Process may, hands on a mask that blocks them.
    var signals = sigset_t()
    sigemptyset(&signals)
    for signal in [SIGINT, SIGTERM, SIGHUP] where !isIgnored(signal) {
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

  /// Whether the parent wants the signal to pass unnoticed, as `nohup` does with SIGHUP.
  private static func isIgnored(_ signal: Int32) -> Bool {
    var action = sigaction()
    sigaction(signal, nil, &action)
    return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
  }
}
