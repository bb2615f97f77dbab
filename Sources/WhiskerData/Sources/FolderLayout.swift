import WhiskerCore

/// The folders of the splits of a dataset, and of its classes.
struct FolderLayout {
  /// The folder that holds the classes or the splits.
  let root: String
  /// The folders of the splits below the root; nil where the dataset is not divided.
  let splits: [DataSource.Split: RelativePath]?
  /// The entries of the root.
  let contents: FolderContents
  /// The folders beside the splits that Whisker wrote.
  let own: [RelativePath]

  private let options: DataSource.Options

  /// The deepest nesting of folders of the same name.
  private static let nestingLimit = 8

  /// Looks at the folders at `path`.
  /// - Throws: `FileError` when a folder cannot be read, or the classes are ambiguous.
  init(_ path: String, options: DataSource.Options) throws {
    let followsLinks = options.followsLinks
    let inner = try Self.entered(RelativePath(bytes: []), of: path, followsLinks: followsLinks)
    let nested = String(decoding: inner.bytes, as: UTF8.self)
    // A name that is no text cannot be part of a path that is one.
    root = inner.bytes.isEmpty || !nested.utf8.elementsEqual(inner.bytes) ? path : "\(path)/\(nested)"
    self.options = options
    contents = try FolderContents(root: root, RelativePath(bytes: []), followsLinks: followsLinks)
    guard !contents.isRun || !contents.folders.isEmpty else {
      throw FileError(
        path, "is the folder of a run, not a dataset", advice: "Name the folder of the pictures")
    }
    (splits, own) = try Self.splits(of: contents, in: root, options)
  }

  private static func splits(
    of contents: FolderContents, in root: String, _ options: DataSource.Options
  ) throws -> ([DataSource.Split: RelativePath]?, own: [RelativePath]) {
    var folders = contents.folders
    let isNamed = options.classNames.map { Set($0).isSubset(of: folders.map(\.description)) } ?? false
    guard !isNamed, folders.contains(where: { SplitName.hint($0) != nil }) else { return (nil, []) }
    let own = folders.filter { folder in
      SplitName.split(folder) == nil && OwnFiles.verdict(on: folder.absolute(below: root)) == .own
    }
    folders.removeAll(where: own.contains)
    guard folders.allSatisfy({ SplitName.split($0) != nil }) else {
      try checkClasses(folders, in: root, options)
      return (nil, [])
    }
    var splits: [DataSource.Split: RelativePath] = [:]
    for folder in folders {
      guard let split = SplitName.split(folder) else { continue }
      guard splits[split] == nil else {
        throw FileError(
          root, "holds the \(split.rawValue) split twice, as \(folder) and under another name",
          advice: classesAdvice(folders))
      }
      splits[split] = try entered(folder, of: root, followsLinks: options.followsLinks)
    }
    return (splits, own)
  }

  /// Makes sure that folders are classes. Other folders beside those of splits mean that all are classes, unless the names
  /// hint at several splits, or a folder with the name of a split holds folders like one.
  private static func checkClasses(
    _ folders: [RelativePath], in root: String, _ options: DataSource.Options
  ) throws {
    let hinting = folders.filter { SplitName.hint($0) != nil }
    let plain = folders.filter { SplitName.plain($0) != nil }
    let isDivided = Set(hinting.compactMap(SplitName.hint)).count > 1
    let splits = isDivided ? hinting : plain
    guard
      try isDivided || plain.contains(where: { try holdsOnlyFolders($0, in: root, options.followsLinks) })
    else { return }
    let others = folders.filter { !splits.contains($0) }
    let beside = others.isEmpty ? "" : " beside others (\(others.map(\.description).joined(separator: ", ")))"
    let advice: ErrorText =
      others.isEmpty
      ? "Call them train, val and test, or name the folder of one split"
      : "Move the others away, or name the folder of one split"
    throw FileError(
      root, "holds split folders (\(splits.map(\.description).joined(separator: ", ")))\(beside)",
      advice: "\(advice). \(classesAdvice(folders))")
  }

  /// The advice to name the folders as classes. Where they are many, it shows the pattern alone.
  private static func classesAdvice(_ folders: [RelativePath]) -> ErrorText {
    let names = folders.map(\.description)
    let list = names.count > 10 ? "a,b,c" : ShellWords([names.joined(separator: ",")]).text
    return "If they all are classes, name the classes in their order: \(.classNames) \(list)"
  }

  private static func holdsOnlyFolders(
    _ folder: RelativePath, in root: String, _ followsLinks: Bool
  ) throws -> Bool {
    let contents = try FolderContents(root: root, folder, followsLinks: followsLinks)
    return contents.files.isEmpty && contents.passedOver.refused.isEmpty && !contents.folders.isEmpty
  }

  /// The folder itself, or its only folder, where that has the same name and holds folders: archives are often unpacked into a
  /// folder of their name.
  private static func entered(
    _ folder: RelativePath, of root: String, followsLinks: Bool
  ) throws -> RelativePath {
    var folder = folder
    for _ in 0..<nestingLimit {
      let contents = try FolderContents(root: root, folder, followsLinks: followsLinks)
      guard contents.folders.count <= 3 else { return folder }
      let folders = contents.folders.filter {
        OwnFiles.verdict(on: folder.appending($0).absolute(below: root)) != .own
      }
      guard folders.count == 1, isSame(folders[0], folder.absolute(below: root)) else { return folder }
      let inner = folder.appending(folders[0])
      guard try !FolderContents(root: root, inner, followsLinks: followsLinks).folders.isEmpty else {
        return folder
      }
      folder = inner
    }
    return folder
  }

  /// Whether a name is that of the folder at `path`, apart from the case of letters.
  private static func isSame(_ name: RelativePath, _ path: [UInt8]) -> Bool {
    RelativePath(bytes: Array(FolderIdentity.name(of: path))).description.lowercased()
      == name.description.lowercased()
  }
}
