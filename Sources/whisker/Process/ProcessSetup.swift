import Glibc

/// Standard input, output and error, any of which may be closed when the process starts.
enum StandardDescriptors {
  /// Opens closed ones on `/dev/null`, so that no other file gets their number. Reading from standard input and writing to
  /// the others fails as before.
  static func open() {
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
      // The system assigns the lowest free number.
      _ = Glibc.open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
    }
  }
}

/// Ends the process with a message when a memory-mapped file is truncated or becomes unreadable, instead of a crash.
enum MappedFileFault {
  private static let message: StaticString =
    "whisker: a data file was truncated, or became unreadable, while it was in use. Make it again\n"

  static func listen() {
    // Initialised here, because the handler may only make system calls.
    _ = message.utf8CodeUnitCount
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { _ in
      write(STDERR_FILENO, MappedFileFault.message.utf8Start, MappedFileFault.message.utf8CodeUnitCount)
      _exit(1)
    }
    sigaction(SIGBUS, &action, nil)
  }
}
