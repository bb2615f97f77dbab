import WhiskerTensor

/// Opens a folder of pictures as a data source: `root/class/...` or `root/{train,val,test}/class/...`.
struct ImageFolderSource {
  private let root: String
  private let decoder: ImageDecoder
  private let options: DataSource.Options
  private let entries: [FolderEntry]

  /// The folder names of splits.
  private static let partNames: [String: DataSource.Part] = [
    "train": .training, "val": .validation, "valid": .validation, "validation": .validation, "test": .test,
  ]

  init(_ root: String, decoder: ImageDecoder, options: DataSource.Options) throws {
    (self.root, self.decoder, self.options) = (root, decoder, options)
    entries = try FolderEntry.list(Array(root.utf8)).filter { !$0.name.isHidden }
  }

  func open() throws -> DataSource {
    let folders = entries.filter { $0.kind == .folder }.map(\.name)
    guard !folders.isEmpty else { throw noClasses() }
    let splits = folders.filter { Self.partNames[$0.description] != nil }
    guard !splits.isEmpty, try areSplits(splits, among: folders) else {
      return try source([.training: ImageFolder(root: root, part: RelativePath(bytes: []), decoder: decoder)])
    }
    var parts: [DataSource.Part: ImageFolder] = [:]
    for split in splits {
      guard let part = Self.partNames[split.description] else { continue }
      guard parts[part] == nil else {
        throw FileError(root, "holds the \(part.rawValue) part twice, as \(split) and under another name")
      }
      parts[part] = try ImageFolder(root: root, part: split, decoder: decoder)
    }
    return try source(parts)
  }

  /// A root that holds only split names is divided. One that holds other folders as well is a set of classes, unless
  /// what is called like a split looks like one.
  private func areSplits(_ splits: [RelativePath], among folders: [RelativePath]) throws -> Bool {
    guard splits.count < folders.count else { return true }
    let holdsOnlyFolders = try splits.contains { split in
      let kinds = try FolderEntry.list(split.absolute(below: root)).filter { !$0.name.isHidden }.map(\.kind)
      return !kinds.isEmpty && kinds.allSatisfy { $0 == .folder }
    }
    guard holdsOnlyFolders else { return false }
    let others = folders.filter { !splits.contains($0) }.map(\.description).joined(separator: ", ")
    throw FileError(
      root,
      "holds split folders (\(splits.map(\.description).joined(separator: ", "))) beside others (\(others))",
      advice: "Move the others away, or name the folder of one split")
  }

  private func source(_ parts: [DataSource.Part: ImageFolder]) throws -> DataSource {
    let found = Set(parts.values.flatMap(\.classNames))
    let names = try options.classNames ?? sortedNames(parts)
    guard Set(names) == found, names.count == found.count else { throw differentClasses(names, found) }
    let parts = try parts.mapValues { try complete($0, with: names).ordered(by: names) }
    let ordered = DataSource.Part.allCases.compactMap { parts[$0] }
    if ordered.allSatisfy({ $0.count == 0 }) { throw noClasses() }
    return DataSource(
      path: root, kind: .imageFolder, classNames: names, parts: parts, notes: notes(ordered),
      refused: ordered.flatMap(\.refused))
  }

  /// The classes of the training part, in plain byte order. Another part may lack some, but not add any.
  private func sortedNames(_ parts: [DataSource.Part: ImageFolder]) throws -> [String] {
    guard let training = parts[.training] else {
      return Set(parts.values.flatMap(\.classNames)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
    for (part, folder) in parts {
      let extra = folder.classNames.filter { !training.classNames.contains($0) }
      guard extra.isEmpty else {
        throw FileError(
          root,
          "has classes in its \(part.rawValue) part that the training part lacks: \(extra.joined(separator: ", "))"
        )
      }
    }
    return training.classNames
  }

  private func complete(_ folder: ImageFolder, with names: [String]) throws -> ImageFolder {
    let folder = folder.adding(names.filter { !folder.classNames.contains($0) })
    let empty = zip(folder.classNames, folder.classCounts).filter { $0.1 == 0 }.map(\.0)
    guard empty.isEmpty || options.allowsEmptyClasses || folder.count == 0 else {
      throw FileError(
        root, "has no file for the class \(empty.joined(separator: ", "))",
        advice: "Add pictures, remove the folder, or allow it with --allow-empty-classes")
    }
    return folder
  }

  private func notes(_ folders: [ImageFolder]) -> [String] {
    let hidden = folders.reduce(0) { $0 + $1.hiddenCount }
    let loose = folders.reduce(0) { $0 + $1.looseCount } + (folders.count > 1 ? looseAtRoot : 0)
    return
      (hidden > 0
      ? ["\(counted(hidden, "dot entry", "dot entries")) ignored (names that start with a dot)"] : [])
      + (loose > 0 ? ["\(counted(loose, "file")) ignored beside the class folders"] : [])
  }

  private var looseAtRoot: Int { entries.count { $0.kind == .file } }

  private func noClasses() -> FileError {
    let files = entries.count { $0.kind == .file }
    return FileError(
      root,
      files > 0 ? "holds \(counted(files, "file")) but no class folders with pictures" : "holds no pictures",
      advice: "Put the pictures into one folder per class: ROOT/cat/1.jpg, ROOT/dog/1.jpg")
  }

  private func differentClasses(_ names: [String], _ found: Set<String>) -> FileError {
    let missing = found.subtracting(names).sorted(), unknown = Set(names).subtracting(found).sorted()
    let parts = [
      missing.isEmpty ? nil : "not named: \(missing.joined(separator: ", "))",
      unknown.isEmpty ? nil : "not there: \(unknown.joined(separator: ", "))",
      missing.isEmpty && unknown.isEmpty ? "a name stands twice" : nil,
    ]
    return FileError(
      root, "does not have the classes of --class-names (\(parts.compactMap { $0 }.joined(separator: "; ")))")
  }
}

/// "1 file", "2 files".
func counted(_ count: Int, _ singular: String, _ plural: String? = nil) -> String {
  "\(count) \(count == 1 ? singular : plural ?? singular + "s")"
}
