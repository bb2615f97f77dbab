import WhiskerTensor

/// A file that a command is asked to make. A device or a FIFO is written to, and never replaced.
struct OutputFile {
  let path: String
  private let overwrites: Bool

  /// What stands for standard output.
  private static let standardOutput = "-"

  /// - Parameter overwrites: Whether a file that is there may be replaced.
  init(_ path: String, overwrites: Bool) {
    self.path = path == Self.standardOutput ? "/dev/stdout" : path
    self.overwrites = overwrites
  }

  /// Whether the path is a device or a FIFO, so that its name says nothing about the contents.
  var isStream: Bool { FilePlace(path) == .stream }

  /// Makes sure that nothing is lost, and leaves standard output to the file where it goes there.
  /// - Throws: `FileError` when something is there that may not be replaced.
  func check() throws {
    let place = FilePlace(path)
    guard place != .stream else {
      if FilePlace.isStandardOutput(path) { Terminal.leaveStandardOutput() }
      return
    }
    try place.checkFile(path)
    guard place == .free || overwrites else {
      throw FileError(path, "is already there", advice: "Name another file, or replace it with --overwrite")
    }
  }

  /// The path, the folders above it made where they were missing.
  /// - Throws: `FileError` when they cannot be made, or something has come to be there that may not be replaced.
  func prepared() throws -> String {
    try check()
    try makeFolders(AtomicFile.folder(of: path))
    return path
  }
}
