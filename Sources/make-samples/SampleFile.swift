// The C library rather than FileManager and Data: it says why a file could not be written, where Foundation
// often has but a number.
import Foundation

/// A file or directory that could not be written.
struct WriteError: Error, CustomStringConvertible {
  let description: String

  /// What the system's error number says about `url`.
  init(_ url: URL, code: Int32) {
    description = "cannot write \(url.path): \(String(cString: strerror(code)))"
  }
}

/// Makes a directory and those above it, as far as they are not there.
///
/// - Throws: `WriteError` when one cannot be made.
func makeDirectory(_ url: URL) throws {
  if mkdir(url.path, 0o777) == 0 { return }
  if errno == EEXIST { return }
  guard errno == ENOENT else { throw WriteError(url, code: errno) }
  try makeDirectory(url.deletingLastPathComponent())
  if mkdir(url.path, 0o777) != 0 { throw WriteError(url, code: errno) }
}

/// - Throws: `WriteError` when the file cannot be written whole.
func write(_ bytes: [UInt8], to url: URL) throws {
  guard let file = fopen(url.path, "wb") else { throw WriteError(url, code: errno) }
  let written = fwrite(bytes, 1, bytes.count, file)
  let writeCode = errno
  // What is still buffered is written, and may fail, only here.
  let closed = fclose(file)
  if written < bytes.count { throw WriteError(url, code: writeCode) }
  if closed != 0 { throw WriteError(url, code: errno) }
}
