import Glibc

/// The signals that end a process at the user's wish: Ctrl-\ and what `abort` raises.
package enum EndingSignals {
  /// Lets them end the process. Swift's runtime may have put a handler in place that prints a backtrace and lets it go on.
  package static func restore() {
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGQUIT, SIGABRT] where !isIgnored(number) {
      signal(number, SIG_DFL)
      sigaddset(&signals, number)
    }
    // A parent may hand on a mask that blocks them.
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }

  /// Whether the parent wants the signal to be ignored, as `nohup` does with SIGHUP.
  package static func isIgnored(_ signal: Int32) -> Bool {
    var action = sigaction()
    sigaction(signal, nil, &action)
    return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
  }
}
