import WhiskerTensor

/// The pictures below a folder in plain byte order, found as they are asked for.
///
/// Dot entries are left out. What must not or cannot be opened is handed out in its place, to be told with the reason.
final class FolderWalk {
  private struct Level {
    let folder: RelativePath
    let identity: [UInt64]
    let names: NameQueue
  }

  private let root: [UInt8]
  private let followsLinks: Bool
  /// The folders from the root to where the walk is: a link back to one of them is a loop.
  private var levels: [Level] = []
  /// What became of the root where it could not be listed.
  private var failure: PictureFile?

  /// Walks the folder at `root`.
  init(root: [UInt8], followsLinks: Bool) {
    let isLong = root.count > 1 && root.last == UInt8(ascii: "/")
    self.root = isLong ? Array(root.dropLast()) : root
    self.followsLinks = followsLinks
    failure = nil
    failure = descend(RelativePath(bytes: []))
  }

  /// The length of the longest path right below the root, in bytes.
  var width: Int { levels.first.map { root.count + 1 + $0.names.longest } ?? 0 }

  /// The next picture, or nil behind the last.
  func next() -> PictureFile? {
    if let failure {
      self.failure = nil
      return failure
    }
    while let level = levels.last {
      guard let entry = level.names.next() else {
        levels.removeLast()
        continue
      }
      let path = level.folder.appending(entry.name)
      switch entry.kind {
      case .file: return PictureFile(path: absolute(path))
      case .folder: if let refused = descend(path) { return refused }
      case .symbolicLink, .special:
        if let error = entry.refusal(below: level.folder) { return PictureFile(path: absolute(path), error) }
      }
    }
    return nil
  }

  /// Goes on in a folder. Returns what to tell where that cannot be done.
  private func descend(_ folder: RelativePath) -> PictureFile? {
    let path = absolute(folder)
    guard levels.count < FolderListing.depthLimit else {
      return PictureFile(
        path: path,
        FileError(printable(path), "is nested more than \(FolderListing.depthLimit) folders deep"))
    }
    let identity = FolderListing.identity(of: path)
    guard !levels.contains(where: { $0.identity == identity }) else {
      return PictureFile(path: path, FileError(printable(path), "leads back to a folder above it"))
    }
    do {
      let names = try NameQueue(path, followsLinks: followsLinks)
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
