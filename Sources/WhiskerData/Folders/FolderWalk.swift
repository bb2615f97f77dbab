import WhiskerCore

/// The pictures below a folder in plain byte order, found one by one.
///
/// Dot entries, entries of operating systems, and files that Whisker wrote are left out. An entry that must not or cannot be
/// opened is returned in its place, with the reason.
final class FolderWalk {
  private struct Level {
    let folder: RelativePath
    let identity: FolderIdentity?
    let names: NameQueue
  }

  private let tree: any FileTree
  private let root: [UInt8]
  private let followsLinks: Bool
  /// The folders above the root. A link back to one of them, or to one of `levels`, is a loop.
  private let above: Set<FolderIdentity>
  private var levels: [Level] = []
  /// Entries that belong to no folder, and the root, where it could not be listed.
  private var failures: ArraySlice<PictureFile>

  /// Walks the folder at `root`.
  convenience init(root: [UInt8], followsLinks: Bool) {
    let isLong = root.count > 1 && root.last == UInt8(ascii: "/")
    self.init(DiskTree(pathText(isLong ? Array(root.dropLast()) : root)), followsLinks: followsLinks)
  }

  /// Walks all of `tree`.
  init(_ tree: any FileTree, followsLinks: Bool) {
    (self.tree, self.followsLinks) = (tree, followsLinks)
    let root = pathBytes(tree.root)
    self.root = root
    let identity = tree.identity(of: RelativePath(bytes: []))
    above = followsLinks && tree.isOnDisk ? FolderIdentity.chain(of: root).filter { $0 != identity } : []
    failures =
      tree.refused.map { error in
        let isWhole = error.path == printable(root)
        return PictureFile(path: isWhole ? root : root + Array("/\(error.path)".utf8), error)
      }[...]
    if let failure = descend(RelativePath(bytes: [])) { failures.append(failure) }
  }

  /// The length of the longest path right below the root, in bytes.
  var width: Int { levels.first.map { root.count + 1 + $0.names.longest } ?? 0 }

  /// The next picture, or nil after the last.
  func next() -> PictureFile? {
    if let failure = failures.popFirst() { return failure }
    while let level = levels.last {
      guard let entry = level.names.next() else {
        levels.removeLast()
        continue
      }
      let path = level.folder.appending(entry.name)
      switch entry.kind {
      case .file:
        guard !OwnFiles.isTensorFile(path, in: tree) else { continue }
        return tree.isOnDisk ? PictureFile(path: absolute(path)) : PictureFile(path, in: tree)
      case .folder: if let refused = descend(path) { return refused }
      default:
        if let error = entry.refusal(below: level.folder) { return PictureFile(path: absolute(path), error) }
      }
    }
    return nil
  }

  /// Enters a folder.
  /// - Returns: The folder with the reason, where it cannot be entered.
  private func descend(_ folder: RelativePath) -> PictureFile? {
    let path = absolute(folder)
    guard levels.count < FolderListing.depthLimit else {
      return PictureFile(
        path: path,
        FileError(printable(path), "is nested more than \(FolderListing.depthLimit) folders deep"))
    }
    let identity = tree.identity(of: folder)
    let isLoop = identity.map { identity in
      above.contains(identity) || levels.contains { $0.identity == identity }
    }
    guard isLoop != true else {
      return PictureFile(path: path, FileError(printable(path), "leads back to a folder above it"))
    }
    do {
      let names = try NameQueue(tree, folder, followsLinks: followsLinks)
      guard !names.areRun else { return nil }
      levels.append(Level(folder: folder, identity: identity, names: names))
      return nil
    } catch {
      return PictureFile(path: path, error)
    }
  }

  private func absolute(_ path: RelativePath) -> [UInt8] {
    path.bytes.isEmpty
      ? root : (root.last == UInt8(ascii: "/") ? root : root + [UInt8(ascii: "/")]) + path.bytes
  }
}
