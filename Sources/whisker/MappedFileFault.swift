import Glibc

/// What becomes of the process when a file that is mapped into memory is cut short, or cannot be read any more, while
/// it is in use: a clear end instead of a crash.
enum MappedFileFault {
  private static let message: StaticString =
    "whisker: a data file was cut short, or could not be read any more, while it was in use. Make it again\n"

  static func listen() {
    // What the handler uses is made here: it may do nothing but system calls.
    _ = message.utf8CodeUnitCount
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { _ in
      write(STDERR_FILENO, MappedFileFault.message.utf8Start, MappedFileFault.message.utf8CodeUnitCount)
      _exit(1)
    }
    sigaction(SIGBUS, &action, nil)
  }
}
