import WhiskerTensor

/// Where the parts of a data set are in its folder, and where the classes.
struct FolderLayout {
  /// The folder that holds the classes or the parts.
  let root: String
  /// The folders of the parts below the root; nil where the data set is not divided.
  let parts: [DataSource.Part: RelativePath]?
  /// What the root holds.
  let contents: FolderContents
  /// The folders beside the parts that Whisker wrote.
  let own: [RelativePath]

  private let options: DataSource.Options

  /// How deep a folder in a folder of the same name may be.
  private static let nestingLimit = 8

  /// Looks at the folders at `path`.
  /// - Throws: `LayoutError` where it is open what the classes are; `FileError` when a folder cannot be read.
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
        path, "is the folder of a run, not a data set", advice: "Name the folder of the pictures")
    }
    (parts, own) = try Self.parts(of: contents, in: root, options)
  }

  private static func parts(
    of contents: FolderContents, in root: String, _ options: DataSource.Options
  ) throws -> ([DataSource.Part: RelativePath]?, own: [RelativePath]) {
    var folders = contents.folders
    let isNamed = options.classNames.map { Set($0).isSubset(of: folders.map(\.description)) } ?? false
    guard !isNamed, folders.contains(where: { SplitName.hint($0) != nil }) else { return (nil, []) }
    let own = folders.filter { folder in
      SplitName.part(folder) == nil && OwnFiles.verdict(on: folder.absolute(below: root)) == .own
    }
    folders.removeAll(where: own.contains)
    guard folders.allSatisfy({ SplitName.part($0) != nil }) else {
      try checkClasses(folders, in: root, options)
      return (nil, [])
    }
    var parts: [DataSource.Part: RelativePath] = [:]
    for folder in folders {
      guard let part = SplitName.part(folder) else { continue }
      guard parts[part] == nil else {
        throw LayoutError(
          FileError(root, "holds the \(part.rawValue) part twice, as \(folder) and under another name"),
          .classNames(folders.map(\.description)))
      }
      parts[part] = try entered(folder, of: root, followsLinks: options.followsLinks)
    }
    return (parts, own)
  }

  /// A root that holds other folders beside those of splits is a set of classes, unless it hints at several splits, or
  /// what is called like a split looks like one.
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
    throw LayoutError(
      FileError(
        root, "holds split folders (\(splits.map(\.description).joined(separator: ", ")))\(beside)",
        advice: others.isEmpty
          ? "Call them train, val and test, or name the folder of one split"
          : "Move the others away, or name the folder of one split"),
      .classNames(folders.map(\.description)))
  }

  private static func holdsOnlyFolders(
    _ folder: RelativePath, in root: String, _ followsLinks: Bool
  ) throws -> Bool {
    let contents = try FolderContents(root: root, folder, followsLinks: followsLinks)
    return contents.files.isEmpty && contents.passedOver.refused.isEmpty && !contents.folders.isEmpty
  }

  /// The folder itself, or the one in it, where it holds no other folder and that one has its name and folders in turn:
  /// archives are often unpacked into a folder of their name.
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
