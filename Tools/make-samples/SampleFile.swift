// Uses the C library instead of FileManager and Data because its errors are more precise.
import Foundation

/// A file or directory that could not be written.
struct WriteError: Error, CustomStringConvertible {
  let description: String

  /// - Parameter code: The system's error number.
  init(_ url: URL, code: Int32) {
    description = "cannot write \(url.path): \(String(cString: strerror(code)))"
  }
}

/// Creates a directory and its missing parents.
///
/// - Throws: `WriteError` when one cannot be created.
func makeDirectory(_ url: URL) throws {
  if mkdir(url.path, 0o777) == 0 { return }
  if errno == EEXIST { return }
  guard errno == ENOENT else { throw WriteError(url, code: errno) }
  try makeDirectory(url.deletingLastPathComponent())
  if mkdir(url.path, 0o777) != 0 { throw WriteError(url, code: errno) }
}

/// - Throws: `WriteError` when the file cannot be written completely.
func write(_ bytes: [UInt8], to url: URL) throws {
  guard let file = fopen(url.path, "wb") else { throw WriteError(url, code: errno) }
  let written = fwrite(bytes, 1, bytes.count, file)
  let writeCode = errno
  // Writes buffered data, which may fail.
  let closed = fclose(file)
  if written < bytes.count { throw WriteError(url, code: writeCode) }
  if closed != 0 { throw WriteError(url, code: errno) }
}
