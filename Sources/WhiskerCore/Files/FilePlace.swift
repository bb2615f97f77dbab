import Glibc

/// The kind of entry at a path where a file is to be written. Symbolic links are not followed.
package enum FilePlace: Equatable {
  /// The path does not exist.
  case free
  /// A regular file.
  case file
  case folder
  /// A symbolic link to a file or a folder, or a broken one.
  case link
  /// A device, a FIFO, or a link to one, such as `/dev/stdout`.
  case stream

  /// The kind of entry at `path`.
  package init(_ path: String) {
    var status = stat()
    guard lstat(path, &status) == 0 else {
      self = .free
      return
    }
    switch status.st_mode & S_IFMT {
    case S_IFREG: self = .file
    case S_IFDIR: self = .folder
    case S_IFLNK: self = Self.isLinkToStream(path) ? .stream : .link
    default: self = .stream
    }
  }

  /// Checks that a regular file can be written to `path`, at which this entry is.
  /// - Throws: `FileError` when the entry is neither missing nor a regular file.
  package func checkFile(_ path: String) throws {
    switch self {
    case .free, .file: return
    case .folder: throw FileError(path, "is a folder", advice: "Name a file")
    case .link: throw FileError(path, "is a symbolic link", advice: "Name the file that it points to")
    case .stream: throw FileError(path, "is not a regular file", advice: "Name another file")
    }
  }

  /// Whether `path` is a link to this process's standard output, such as `/dev/stdout`.
  package static func isStandardOutput(_ path: String) -> Bool {
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK else { return false }
    return standardDescriptor(path) == STDOUT_FILENO
  }

  /// Opens a stream for writing.
  /// - Returns: The descriptor.
  /// - Throws: `FileError` when it cannot be opened.
  static func openStream(_ path: String) throws -> Int32 {
    // A duplicated descriptor shares the file offset, so other output to the same file is not overwritten.
    let descriptor =
      standardDescriptor(path).map { fcntl($0, F_DUPFD_CLOEXEC, STDERR_FILENO + 1) }
      ?? retryingInterrupts { open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY) }
    guard descriptor >= 0 else { throw FileError(path, systemError: errno, doing: "cannot be written") }
    return descriptor
  }

  private static func isLinkToStream(_ path: String) -> Bool {
    var status = stat()
    guard pathStatus(path, &status) == 0 else { return false }
    let kind = status.st_mode & S_IFMT
    // Standard output may be a regular file.
    return kind != S_IFDIR && kind != S_IFREG || standardDescriptor(path) != nil
  }

  /// The descriptor of standard output or standard error if `path` leads to it; otherwise nil.
  private static func standardDescriptor(_ path: String) -> Int32? {
    var (wanted, own) = (stat(), stat())
    guard pathStatus(path, &wanted) == 0 else { return nil }
    return [STDOUT_FILENO, STDERR_FILENO].first { descriptor in
      fstat(descriptor, &own) == 0 && own.st_dev == wanted.st_dev && own.st_ino == wanted.st_ino
    }
  }
}
