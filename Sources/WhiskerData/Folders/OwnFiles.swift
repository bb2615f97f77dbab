import WhiskerCore

/// Recognises files and folders that Whisker itself has written, which are never data.
enum OwnFiles {
  /// The kinds of files below a folder.
  enum Verdict {
    /// Runs, sweeps, models or caches, and no pictures.
    case own
    /// Pictures, and possibly others.
    case pictures
    /// Neither.
    case others
  }

  /// The ending of the names of tensor caches and models.
  static let tensorEnding = ".safetensors"

  /// The folders of runs and sweeps where the user names no other.
  private static let usualFolders: Set<RelativePath> = ["runs", "sweeps"]
  /// The number of files that are opened to find a picture. A folder with more is taken for data.
  private static let fileLimit = 1000

  /// Whether a file is a tensor cache or a model.
  static func isTensorFile(_ file: RelativePath, in tree: any FileTree) -> Bool {
    file.bytes.hasSuffix(tensorEnding)
      && startsLikeTensorFile(tree.head(of: file, count: FileFormat.headSize) ?? [])
  }

  /// Whether the first bytes of a file are those of a safetensors file.
  static func startsLikeTensorFile(_ head: [UInt8]) -> Bool {
    // A header is no longer than 2^32 bytes, and is an object.
    head.count >= 9 && head[4..<8].allSatisfy { $0 == 0 } && head[8] == UInt8(ascii: "{")
  }

  /// Looks at the files below a folder. Symbolic links are not followed.
  static func verdict(on folder: RelativePath, in tree: any FileTree) -> Verdict {
    var filesLeft = fileLimit
    return verdict(on: folder, in: tree, &filesLeft)
  }

  private static func verdict(
    on folder: RelativePath, in tree: any FileTree, _ filesLeft: inout Int
  ) -> Verdict {
    var traces = RunTraces()
    var folders: [RelativePath] = []
    var files: [RelativePath] = []
    var holdsLeftovers = false
    let limit = filesLeft
    try? tree.forEachEntry(of: folder, followsLinks: false) { entry in
      guard !entry.name.isIgnored else {
        holdsLeftovers = holdsLeftovers || entry.name.bytes.starts(with: Leftovers.prefix.utf8)
        return true
      }
      traces.add(entry)
      let path = folder.appending(entry.name)
      if entry.kind == .folder { folders.append(path) }
      if entry.kind == .file, files.count < limit { files.append(path) }
      return true
    }
    guard !traces.areRun(in: tree, folder) else { return .own }
    let below = folders.map { verdict(on: $0, in: tree, &filesLeft) }
    let isUsual = isUsualFolder(folder.absolute(below: tree.root))
    guard !(below.contains(.own) && isUsual) else { return .own }
    guard !below.contains(.pictures) else { return .pictures }
    // A training that fails leaves an empty folder of runs, and one that is killed a temporary file.
    var holdsOwn = below.contains(.own) || holdsLeftovers || isUsual
    for file in files {
      guard filesLeft > 0 else { return .pictures }
      filesLeft -= 1
      if isTensorFile(file, in: tree) {
        holdsOwn = true
      } else if FileFormat(file, in: tree)?.isImage ?? false {
        return .pictures
      }
    }
    return holdsOwn ? .own : .others
  }

  private static func isUsualFolder(_ path: [UInt8]) -> Bool {
    let name = path.split(separator: UInt8(ascii: "/")).last ?? []
    return usualFolders.contains(RelativePath(bytes: Array(name)))
  }
}

/// Recognises the folder of a run, a sweep or heat maps by the names in it.
struct RunTraces {
  private var holdsWeights = false
  private var holdsRecord = false
  private var holdsNothingElse = true
  private var heatMaps = HeatMapTraces()

  private static let weights: RelativePath = "weights"
  private static let history: RelativePath = "history.jsonl"
  private static let records: Set<RelativePath> = ["args.json", "results.json"]
  private static let parts: Set<RelativePath> = [
    "weights", "args.json", "results.csv", "validations.csv", "split.csv", "files.csv", "metrics.json",
    "report.html", "results.json", "trainings.csv", "settings.csv", "predictions.csv", "trainings",
    "head",
  ]

  /// Whether a name is one that Whisker gives in the folder of a run or a sweep.
  static func isPart(_ name: RelativePath) -> Bool {
    parts.contains(name) || name.bytes.starts(with: "events.out.tfevents.".utf8) || isTraining(name)
  }

  /// Whether a name is that of one of several trainings: "seed5", "fold2".
  private static func isTraining(_ name: RelativePath) -> Bool {
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    return ["seed", "fold"].contains { start in
      name.bytes.count > start.utf8.count && name.bytes.starts(with: start.utf8)
        && name.bytes.dropFirst(start.utf8.count).allSatisfy(digits.contains)
    }
  }

  mutating func add(_ entry: FolderEntry) {
    heatMaps.add(entry)
    if entry.kind == .folder, entry.name == Self.weights { holdsWeights = true }
    if entry.kind == .file, entry.name.bytes.hasSuffix(".json"), Self.records.contains(entry.name) {
      holdsRecord = true
    }
    holdsNothingElse = holdsNothingElse && Self.isPart(entry.name)
  }

  /// Whether the entries are those of heat maps, a run or a sweep, even of one that has just begun.
  func areRun(in tree: any FileTree, _ folder: RelativePath) -> Bool {
    guard !heatMaps.areAll else { return true }
    guard holdsWeights, holdsRecord || holdsNothingElse else { return false }
    var holdsOnlyOwn = true
    try? tree.forEachEntry(of: folder.appending(Self.weights), followsLinks: false) { entry in
      let isOwn = entry.name.bytes.hasSuffix(OwnFiles.tensorEnding) || entry.name == Self.history
      holdsOnlyOwn = entry.name.isIgnored || entry.kind == .file && isOwn
      return holdsOnlyOwn
    }
    return holdsOnlyOwn
  }
}

/// Recognises a folder of heat maps by the names in it. The pictures there show other pictures.
private struct HeatMapTraces {
  private var holdsTable = false
  private var holdsOthers = false

  private static let (table, page): (RelativePath, RelativePath) = ("heatmaps.jsonl", "index.html")

  mutating func add(_ entry: FolderEntry) {
    // Most folders are known by their first name.
    guard !holdsOthers else { return }
    if entry.name == Self.table { holdsTable = true }
    holdsOthers = entry.kind != .file || !Self.isPart(entry.name)
  }

  static func isPart(_ name: RelativePath) -> Bool {
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    let isPicture = name.bytes.prefix(4).allSatisfy(digits.contains) && name.bytes.hasSuffix(".png")
    return isPicture || name == table || name == page
  }

  /// Whether there is a table of heat maps, and nothing that does not belong to them.
  var areAll: Bool { holdsTable && !holdsOthers }
}

extension Array where Element == UInt8 {
  func hasSuffix(_ text: String) -> Bool { suffix(text.utf8.count).elementsEqual(text.utf8) }
}
