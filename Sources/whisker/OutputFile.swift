import Glibc
import WhiskerTensor

/// A file that a command is asked to make.
struct OutputFile {
  let path: String

  init(_ path: String) { self.path = path }

  /// Makes sure that nothing is lost.
  /// - Throws: `FileError` when something is there that may not be replaced.
  func check(overwrites: Bool) throws {
    var status = stat()
    guard stat(path, &status) == 0 else { return }
    guard status.st_mode & S_IFMT != S_IFDIR else {
      throw FileError(path, "is a folder", advice: "Name a file")
    }
    guard overwrites else {
      throw FileError(path, "is already there", advice: "Name another file, or replace it with --overwrite")
    }
  }

  /// The path, the folders above it made where they were missing.
  /// - Throws: `FileError` when they cannot be made.
  func prepared() throws -> String {
    try makeFolders(AtomicFile.folder(of: path))
    return path
  }
}
