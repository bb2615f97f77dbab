import Glibc
import WhiskerCore

/// The contents of the folder of a run or a sweep. A run may come from another user, so no symbolic link in it is followed:
/// it could lead to another run, or to any other file.
struct RunContents {
  /// The kinds of files and folders in a run.
  private enum Kind {
    case file
    case run
    case weights
    case trainings
  }

  private let path: String
  /// The names in the folder, sorted.
  private let names: [String]

  private static let files: Set<String> = [
    "args.json", "results.csv", "validations.csv", "split.csv", "files.csv", "metrics.json", "report.html",
    "results.json", "trainings.csv", "settings.csv", "predictions.csv",
  ]

  /// Lists the folder at `path`, which may be a link. A missing folder is empty.
  /// - Throws: `FileError` when it cannot be listed.
  init(_ path: String) throws {
    self.path = path
    names = try Self.names(in: path)
  }

  /// Whether the folder holds at most temporary files of Whisker.
  var isEmpty: Bool { names.allSatisfy(Self.isTemporary) }

  /// Checks that a run can be read and written without leaving its folder.
  /// - Throws: `FileError` when a file of the run is a symbolic link or a folder.
  func checkLinks() throws { try walk(path, names, .run) { _ in } }

  /// Checks that everything in the folder belongs to a run or a sweep, so that nothing else is deleted with it.
  /// - Throws: `FileError` when it is not.
  func checkOwner() throws {
    let advice: ErrorText = "Name a folder that is new or empty, or a run"
    try walk(path, names, .run) { stranger in
      throw FileError(path, "holds \(stranger), which does not belong to a run", advice: advice)
    }
    guard isEmpty || names.contains("weights") else {
      let first = names.first { !Self.isTemporary($0) } ?? ""
      throw FileError(path, "holds \(first), and is not a run", advice: advice)
    }
  }

  private func walk(
    _ folder: String, _ names: [String], _ kind: Kind, _ handle: (_ stranger: String) throws -> Void
  ) throws {
    for name in names {
      let place = "\(folder)/\(name)"
      guard let wanted = Self.kind(of: name, in: kind) else {
        try handle(String(decoding: place.utf8.dropFirst(path.utf8.count + 1), as: UTF8.self))
        continue
      }
      switch FilePlace(place) {
      case .free: continue  // It was removed in the meantime.
      case .file where wanted == .file: continue
      case .folder where wanted != .file: try walk(place, Self.names(in: place), wanted, handle)
      case .folder where Self.isTemporary(name): try walk(place, Self.names(in: place), .run, handle)
      case .link:
        throw FileError(
          place, "is a symbolic link, and links inside a run are not followed",
          advice: "Put the file or folder itself in its place")
      default:
        throw FileError(
          place, "is not a \(wanted == .file ? "regular file" : "folder"), as it would be in a run")
      }
    }
  }

  /// The kind of a name that Whisker writes; nil for others.
  private static func kind(of name: String, in folder: Kind) -> Kind? {
    if isTemporary(name) { return .file }
    switch folder {
    case .run:
      if files.contains(name) || name.hasPrefix("events.out.tfevents.") { return .file }
      if name == "weights" { return .weights }
      if name == "trainings" { return .trainings }
      if name == RunFolder.headName { return .run }
      return name.wholeMatch(of: #/(seed|fold)\d+/#) == nil ? nil : .run
    case .weights:
      return name.wholeMatch(of: #/(best|last|averaged|setting\d+)\.safetensors|history\.jsonl/#) == nil
        ? nil : .file
    case .trainings: return name.wholeMatch(of: #/setting\d+-(seed|fold)\d+/#) == nil ? nil : .run
    case .file: return nil
    }
  }

  /// The temporary files of a killed process, and NFS's names of files that are removed while they are open.
  private static func isTemporary(_ name: String) -> Bool {
    name.hasPrefix(".whisker-") || name.hasPrefix(".nfs")
  }

  private static func names(in folder: String) throws -> [String] {
    guard let stream = opendir(folder) else {
      if errno == ENOENT { return [] }
      throw FileError(folder, systemError: errno, doing: "cannot be listed")
    }
    defer { closedir(stream) }
    var names: [String] = []
    errno = 0
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    guard errno == 0 else { throw FileError(folder, systemError: errno, doing: "cannot be listed") }
    return names.sorted()
  }
}
