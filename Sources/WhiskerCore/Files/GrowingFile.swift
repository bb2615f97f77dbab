import Glibc

/// A text file that is appended to, at a cost that does not depend on its length. If the process is killed, the last
/// addition may be incomplete.
package struct GrowingFile {
  /// The size of the file in bytes; nil before the first write.
  private var size: Int?
  private let isFlushed: Bool

  /// A file that is not written yet.
  /// - Parameter isFlushed: Whether to flush each addition to disk, so that it survives a power failure.
  package init(isFlushed: Bool = false) { self.isFlushed = isFlushed }

  /// Appends text to the file at `path`.
  /// - Parameter whole: Returns the whole contents, which replace the file if it was changed or removed since the last write.
  /// - Throws: `FileError`, for example when the disk is full; nothing is then appended.
  package mutating func append(_ text: String, to path: String, or whole: () throws -> String) throws {
    guard let size, try append(text, to: path, at: size) else { return try write(try whole(), to: path) }
    self.size = size + text.utf8.count
  }

  /// Writes the whole file atomically.
  /// - Throws: `FileError`; an existing file at the path is unchanged.
  package mutating func write(_ text: String, to path: String) throws {
    try AtomicFile.write(text, to: path)
    size = text.utf8.count
  }

  /// Appends at offset `size`. Returns false if the file is missing or has another size.
  private func append(_ text: String, to path: String, at size: Int) throws -> Bool {
    let descriptor = open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, Int(status.st_size) == size
    else { return false }
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { bytes in
        retryingInterrupts { Glibc.write(descriptor, bytes.baseAddress, bytes.count) }
      }
      guard written > 0 else {
        let code = errno
        ftruncate(descriptor, off_t(size))
        throw FileError(path, systemError: code, doing: "cannot be written")
      }
      rest = rest.dropFirst(written)
    }
    guard !isFlushed || fsync(descriptor) == 0 else {
      throw FileError(path, systemError: errno, doing: "cannot be flushed to the disk")
    }
    return true
  }
}
