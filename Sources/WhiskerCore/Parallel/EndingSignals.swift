import Glibc

/// SIGQUIT (Ctrl-\) and SIGABRT, which end a process.
package enum EndingSignals {
  /// Restores the default action, which ends the process. Swift's runtime may have installed a handler that prints a
  /// backtrace and continues.
  package static func restore() {
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGQUIT, SIGABRT] where !isIgnored(number) {
      signal(number, SIG_DFL)
      sigaddset(&signals, number)
    }
    // The signal mask inherited from the parent may block them.
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }

  /// Whether the process ignores the signal, as `nohup` arranges for SIGHUP.
  package static func isIgnored(_ signal: Int32) -> Bool {
    var action = sigaction()
    sigaction(signal, nil, &action)
    return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
  }
}
