import Glibc
import WhiskerCore

/// An output file of a command. A device or a FIFO is written to, and never replaced.
struct OutputFile {
  let path: String
  private let overwrites: Bool

  /// The path that means standard output.
  private static let standardOutput = "-"

  /// - Parameter overwrites: Whether an existing file may be replaced.
  init(_ path: String, overwrites: Bool) {
    self.path = path == Self.standardOutput ? "/dev/stdout" : path
    self.overwrites = overwrites
  }

  /// Whether the path is a device or a FIFO, whose name implies no format.
  var isStream: Bool { FilePlace(path) == .stream }

  /// Checks that no file would be lost. If the file is standard output, messages go to standard error from now on.
  /// - Throws: `FileError` for an existing file that may not be replaced.
  func check() throws {
    let place = FilePlace(path)
    guard place != .stream else {
      if FilePlace.isStandardOutput(path) { Terminal.reserveStandardOutput() }
      return
    }
    try place.checkFile(path)
    guard place == .free || overwrites else {
      throw FileError(
        path, "already exists", advice: "Choose another file, or replace it with \(Setting.overwrites)")
    }
  }

  /// Checks that the file is not one that the command reads.
  /// - Throws: `FileError` for the file at `source`, also through symbolic links.
  func check(isNot source: String) throws {
    guard !isStream, let own = Self.resolved(path), own == Self.resolved(source) else { return }
    throw FileError(path, "is read by this command, and would be replaced", advice: "Choose another file")
  }

  /// Checks that the file does not become part of a dataset, or replace it.
  /// - Throws: `FileError` for the file at `folder` or one inside it, also through symbolic links.
  func check(isOutside folder: String) throws {
    try check(isNot: folder)
    guard !isStream, let outer = Self.resolved(folder) else { return }
    var parent = path
    var place: String?
    while place == nil, parent != ".", parent != "/" {
      parent = AtomicFile.folder(of: parent)
      place = Self.resolved(parent)
    }
    guard let place, place == outer || place.hasPrefix(outer == "/" ? outer : outer + "/") else { return }
    throw FileError(path, "would become part of the dataset \(folder)", advice: "Choose a place outside it")
  }

  /// Checks that no picture would be lost.
  /// - Throws: `FileError` for a picture, which a list of pictures may name.
  func checkHoldsNoPicture() throws {
    guard FilePlace(path) == .file, let head = try? FileBytes.head(path, count: FileSignature.headSize),
      let format = FileSignature.of(head), format.name.hasSuffix(" image")
    else { return }
    throw FileError(path, "is \(format.name), and would be replaced", advice: "Choose another file")
  }

  /// The path without symbolic links; nil if there is nothing at it.
  private static func resolved(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  /// The path, after creating missing parent folders.
  /// - Throws: `FileError` when they cannot be created, or the file exists by now and may not be replaced.
  func prepared() throws -> String {
    try check()
    try makeFolders(AtomicFile.folder(of: path))
    return path
  }
}
