import WhiskerCore

/// The folders of the splits of a dataset, and of its classes.
struct FolderLayout {
  /// The folder that holds the classes or the splits.
  let tree: any FileTree
  /// The folders of the splits below the root; nil where the dataset is not divided.
  let splits: [DataSource.Split: RelativePath]?
  /// The entries of the root.
  let contents: FolderContents
  /// The folders beside the splits that Whisker wrote.
  let own: [RelativePath]

  private let options: DataSource.Options

  /// The deepest nesting of folders of the same name.
  private static let nestingLimit = 8

  /// Looks at the folders of `tree`.
  /// - Throws: `FileError` when a folder cannot be read, or the classes are ambiguous.
  init(_ tree: any FileTree, options: DataSource.Options) throws {
    let followsLinks = options.followsLinks
    self.tree = tree.below(try Self.entered(RelativePath(bytes: []), of: tree, followsLinks: followsLinks))
    self.options = options
    contents = try FolderContents(self.tree, RelativePath(bytes: []), followsLinks: followsLinks)
    guard !contents.isRun || !contents.folders.isEmpty else {
      throw FileError(
        tree.root, "is the folder of a run, not a dataset", advice: "Name the folder of the pictures")
    }
    (splits, own) = try Self.splits(of: contents, in: self.tree, options)
  }

  private static func splits(
    of contents: FolderContents, in tree: any FileTree, _ options: DataSource.Options
  ) throws -> ([DataSource.Split: RelativePath]?, own: [RelativePath]) {
    var folders = contents.folders
    let isNamed = options.classNames.map { Set($0).isSubset(of: folders.map(\.description)) } ?? false
    guard !isNamed, folders.contains(where: { SplitName.hint($0) != nil }) else { return (nil, []) }
    let own = folders.filter { folder in
      SplitName.split(folder) == nil && OwnFiles.verdict(on: folder, in: tree) == .own
    }
    folders.removeAll(where: own.contains)
    guard folders.allSatisfy({ SplitName.split($0) != nil }) else {
      try checkClasses(folders, in: tree, options)
      return (nil, [])
    }
    var splits: [DataSource.Split: RelativePath] = [:]
    for folder in folders {
      guard let split = SplitName.split(folder) else { continue }
      guard splits[split] == nil else {
        throw FileError(
          tree.root, "holds the \(split.rawValue) split twice, as \(folder) and under another name",
          advice: classesAdvice(folders))
      }
      splits[split] = try entered(folder, of: tree, followsLinks: options.followsLinks)
    }
    return (splits, own)
  }

  /// Makes sure that folders are classes. Other folders beside those of splits mean that all are classes, unless the names
  /// hint at several splits, or a folder with the name of a split holds folders like one.
  private static func checkClasses(
    _ folders: [RelativePath], in tree: any FileTree, _ options: DataSource.Options
  ) throws {
    let hinting = folders.filter { SplitName.hint($0) != nil }
    let plain = folders.filter { SplitName.plain($0) != nil }
    let isDivided = Set(hinting.compactMap(SplitName.hint)).count > 1
    let splits = isDivided ? hinting : plain
    guard
      try isDivided || plain.contains(where: { try holdsOnlyFolders($0, in: tree, options.followsLinks) })
    else { return }
    let others = folders.filter { !splits.contains($0) }
    let beside = others.isEmpty ? "" : " beside others (\(others.map(\.description).joined(separator: ", ")))"
    let advice: ErrorText =
      others.isEmpty
      ? "Call them train, val and test, or name the folder of one split"
      : "Move the others away, or name the folder of one split"
    throw FileError(
      tree.root, "holds split folders (\(splits.map(\.description).joined(separator: ", ")))\(beside)",
      advice: "\(advice). \(classesAdvice(folders))")
  }

  /// The advice to name the folders as classes. Where they are many, it shows the pattern alone.
  private static func classesAdvice(_ folders: [RelativePath]) -> ErrorText {
    let names = folders.map(\.description)
    let list = names.count > 10 ? "a,b,c" : ShellWords([names.joined(separator: ",")]).text
    return "If they all are classes, name the classes in their order: \(.classNames) \(list)"
  }

  private static func holdsOnlyFolders(
    _ folder: RelativePath, in tree: any FileTree, _ followsLinks: Bool
  ) throws -> Bool {
    let contents = try FolderContents(tree, folder, followsLinks: followsLinks)
    return contents.files.isEmpty && contents.passedOver.refused.isEmpty && !contents.folders.isEmpty
  }

  /// The folder itself, or its only folder, where that is a wrapper and holds folders.
  private static func entered(
    _ folder: RelativePath, of tree: any FileTree, followsLinks: Bool
  ) throws -> RelativePath {
    var folder = folder
    for _ in 0..<nestingLimit {
      let contents = try FolderContents(tree, folder, followsLinks: followsLinks)
      guard contents.folders.count <= 3 else { return folder }
      let folders = contents.folders.filter { OwnFiles.verdict(on: folder.appending($0), in: tree) != .own }
      guard folders.count == 1, tree.isWrapper(folders[0], of: folder) else { return folder }
      let inner = folder.appending(folders[0])
      guard try !FolderContents(tree, inner, followsLinks: followsLinks).folders.isEmpty else {
        return folder
      }
      folder = inner
    }
    return folder
  }
}
