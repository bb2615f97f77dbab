import WhiskerCore

/// The files below a folder, in plain byte order, and the entries that were ignored.
struct FolderListing: Sendable {
  /// Regular files, relative to the root.
  private(set) var files = PathList()
  private(set) var passedOver = PassedOver()

  private let tree: any FileTree
  private let followsLinks: Bool
  /// The folders above the start: a link back to one is a loop.
  private let above: Set<FolderIdentity>
  /// The folders from the start down to the current one.
  private var ancestors: [FolderIdentity?] = []

  /// The deepest nesting of folders below a class.
  static let depthLimit = 64

  /// Lists everything below `start`, itself a folder of `tree`.
  /// - Parameter above: The folders that contain `start`, as far as a link could lead back to them.
  /// - Throws: `FileError` when a folder cannot be read, or is nested too deeply.
  init(
    _ tree: any FileTree, below start: RelativePath, above: Set<FolderIdentity> = [], followsLinks: Bool
  ) throws {
    (self.tree, self.followsLinks, self.above) = (tree, followsLinks, above)
    try visit(start)
    files = files.sorted()
  }

  private mutating func visit(_ folder: RelativePath) throws {
    guard ancestors.count < Self.depthLimit else {
      throw FileError(tree.name(of: folder), "is nested more than \(Self.depthLimit) folders deep")
    }
    let identity = tree.identity(of: folder)
    guard identity.map({ !above.contains($0) && !ancestors.contains($0) }) ?? true else {
      passedOver.refused.append(FileError(folder.description, "leads back to a folder above it"))
      return
    }
    let isStart = ancestors.isEmpty
    ancestors.append(identity)
    defer { ancestors.removeLast() }
    let contents = try FolderContents(tree, folder, followsLinks: followsLinks)
    guard !contents.isRun || isStart && folder.bytes.isEmpty else {
      passedOver.own.append(folder)
      return
    }
    passedOver.add(contents.passedOver)
    for file in contents.files { files.append(folder.appending(file)) }
    for inner in contents.folders { try visit(folder.appending(inner)) }
  }
}
