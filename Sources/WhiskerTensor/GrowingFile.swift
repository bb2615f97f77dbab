import Glibc

/// A text file that grows at its end, so that adding to it costs the same however long it is. A kill may cut what is
/// added last.
package struct GrowingFile {
  /// The bytes that the file holds; nil before it was written.
  private var size: Int?
  private let isFlushed: Bool

  /// A file that is yet to be written.
  /// - Parameter isFlushed: Whether what is added is to outlast a power cut once it is written.
  package init(isFlushed: Bool = false) { self.isFlushed = isFlushed }

  /// Adds text at the end of the file at `path`.
  /// - Parameter whole: The contents, which are written instead where the file is not as it was left.
  /// - Throws: `FileError`, for a full disk among other things; nothing is then added.
  package mutating func append(_ text: String, to path: String, or whole: () throws -> String) throws {
    guard let size, try append(text, to: path, at: size) else { return try write(try whole(), to: path) }
    self.size = size + text.utf8.count
  }

  /// Writes the whole file, atomically.
  /// - Throws: `FileError`; an old file at the path is untouched.
  package mutating func write(_ text: String, to path: String) throws {
    try AtomicFile.write(text, to: path)
    size = text.utf8.count
  }

  /// False where the file is missing or has another size.
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
