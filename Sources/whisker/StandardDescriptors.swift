import Glibc

/// Standard input, output and error, which whoever starts a process may have closed.
enum StandardDescriptors {
  /// Opens those that are closed on `/dev/null`, so that no file that the tool opens takes their number. Reading from
  /// standard input and writing to the others fails as before.
  static func open() {
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
      // The lowest free number is given out first.
      _ = Glibc.open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
    }
  }
}
