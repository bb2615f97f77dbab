import WhiskerTensor

/// Opens a folder of pictures as a data source: `root/class/...` or `root/{train,val,test}/class/...`.
struct ImageFolderSource {
  private let root: String
  private let decoder: ImageDecoder
  private let options: DataSource.Options
  private let entries: [FolderEntry]
  private let hiddenAtRoot: Int

  /// The folder names of splits, in any case of letters.
  private static let partNames: [String: DataSource.Part] = [
    "train": .training, "training": .training, "val": .validation, "valid": .validation,
    "validation": .validation, "test": .test, "testing": .test,
  ]

  private static func part(named name: RelativePath) -> DataSource.Part? {
    partNames[name.description.lowercased()]
  }

  init(_ root: String, decoder: ImageDecoder, options: DataSource.Options) throws {
    (self.root, self.decoder, self.options) = (root, decoder, options)
    let all = try FolderEntry.list(Array(root.utf8), followsLinks: options.followsLinks)
    entries = all.filter { !$0.name.isHidden }
    hiddenAtRoot = all.count - entries.count
  }

  func open() throws -> DataSource {
    let folders = entries.filter { $0.kind == .folder }.map(\.name)
    guard !folders.isEmpty else { throw noClasses() }
    let splits = folders.filter { Self.part(named: $0) != nil }
    guard !splits.isEmpty, try areSplits(splits, among: folders) else {
      let whole = try folder(RelativePath(bytes: []))
      return try source([.training: whole], isDivided: false)
    }
    var parts: [DataSource.Part: ImageFolder] = [:]
    for split in splits {
      guard let part = Self.part(named: split) else { continue }
      guard parts[part] == nil else {
        throw FileError(root, "holds the \(part.rawValue) part twice, as \(split) and under another name")
      }
      parts[part] = try folder(split)
    }
    return try source(parts, isDivided: true)
  }

  private func folder(_ part: RelativePath) throws -> ImageFolder {
    try ImageFolder(root: root, part: part, decoder: decoder, followsLinks: options.followsLinks)
  }

  /// A root that holds only split names is divided. One that holds other folders as well is a set of classes, unless
  /// what is called like a split looks like one.
  private func areSplits(_ splits: [RelativePath], among folders: [RelativePath]) throws -> Bool {
    guard splits.count < folders.count else { return true }
    let holdsOnlyFolders = try splits.contains { split in
      let kinds = try FolderEntry.list(split.absolute(below: root), followsLinks: options.followsLinks)
        .filter { !$0.name.isHidden }.map(\.kind)
      return !kinds.isEmpty && kinds.allSatisfy { $0 == .folder }
    }
    guard holdsOnlyFolders else { return false }
    let others = folders.filter { !splits.contains($0) }.map(\.description).joined(separator: ", ")
    throw FileError(
      root,
      "holds split folders (\(splits.map(\.description).joined(separator: ", "))) beside others (\(others))",
      advice: "Move the others away, or name the folder of one split")
  }

  private func source(_ parts: [DataSource.Part: ImageFolder], isDivided: Bool) throws -> DataSource {
    for folder in parts.values { try checkNames(folder) }
    let found = Set(parts.values.flatMap(\.classNames))
    let names = try options.classNames ?? sortedNames(parts)
    guard Set(names) == found, names.count == found.count else { throw differentClasses(names, found) }
    var complete: [DataSource.Part: ImageFolder] = [:]
    for (part, folder) in parts { complete[part] = try self.complete(part, folder, with: names) }
    let ordered = DataSource.Part.allCases.compactMap { complete[$0] }
    if ordered.allSatisfy({ $0.count == 0 }) { throw noClasses() }
    return DataSource(
      path: root, kind: .imageFolder, classNames: names, preprocessing: decoder.preprocessing,
      parts: complete,
      notes: notes(ordered, isDivided: isDivided),
      refused: (isDivided ? refusedAtRoot : []) + ordered.flatMap(\.refused))
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

  /// Classes are told apart by name, and two spellings of one name (a letter with its accent, or the letter and then
  /// the accent) are one name.
  private func checkNames(_ folder: ImageFolder) throws {
    let twice = Dictionary(grouping: folder.classNames) { $0 }.filter { $0.value.count > 1 }.keys.sorted()
    guard twice.isEmpty else {
      throw FileError(
        root, "has class folders whose names look alike: \(twice.joined(separator: ", "))",
        advice: "Rename all but one, or put their pictures together")
    }
  }

  /// The part with all classes, in order. Only the training part must have pictures of each; in another, a class may
  /// be missing, though a folder that is there and empty is taken for a slip.
  private func complete(_ part: DataSource.Part, _ folder: ImageFolder, with names: [String]) throws
    -> ImageFolder
  {
    let missing = names.filter { !folder.classNames.contains($0) }
    let all = folder.adding(missing)
    let examined = part == .training ? all : folder
    let empty = zip(examined.classNames, examined.classCounts).filter { $0.1 == 0 }.map(\.0)
    guard empty.isEmpty || options.allowsEmptyClasses || folder.count == 0 else {
      throw FileError(
        root, "has no file for the class \(empty.joined(separator: ", "))",
        advice: "Add pictures, remove the folder, or allow it with --allow-empty-classes")
    }
    return all.ordered(by: names)
  }

  private func notes(_ folders: [ImageFolder], isDivided: Bool) -> [String] {
    // The root of an undivided set is one of the folders, and has been counted.
    let hidden = folders.reduce(isDivided ? hiddenAtRoot : 0) { $0 + $1.hiddenCount }
    let loose = folders.reduce(isDivided ? looseAtRoot : 0) { $0 + $1.looseCount }
    return
      (hidden > 0
      ? ["\(counted(hidden, "dot entry", "dot entries")) ignored (names that start with a dot)"] : [])
      + (loose > 0 ? ["\(counted(loose, "file")) ignored beside the class folders"] : [])
  }

  private var looseAtRoot: Int { entries.count { $0.kind == .file } }

  private var refusedAtRoot: [FileError] { entries.compactMap { $0.refusal(below: RelativePath(bytes: [])) } }

  private func noClasses() -> FileError {
    let files = entries.count { $0.kind == .file }
    let others = entries.count { $0.kind == .symbolicLink || $0.kind == .special }
    let found =
      files > 0
      ? "\(counted(files, "file")) but no class folders with pictures"
      : others > 0
        ? "\(counted(others, "symbolic link or device", "symbolic links or devices")), which are not followed (--follow-links)"
        : "no pictures"
    return FileError(
      root, "holds \(found)",
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
