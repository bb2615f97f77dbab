import WhiskerCore

/// The archives that a process has opened to read single pictures. Every process of several opens them for itself.
enum OpenArchives {
  private static let trees = Lock<[String: ArchiveTree]>([:])

  /// The archive at `path`, which is opened once; nil where another file is.
  /// - Throws: `FileError` when it cannot be read, or is damaged.
  static func tree(at path: String) throws -> ArchiveTree? {
    try trees.withLock { trees in
      if let tree = trees[path] { return tree }
      guard let tree = try Archive.open(path).map({ ArchiveTree($0) }) else { return nil }
      trees[path] = tree
      return tree
    }
  }
}
