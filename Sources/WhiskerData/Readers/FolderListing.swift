import WhiskerTensor

/// The files below a folder, in plain byte order, and what was passed over on the way.
struct FolderListing {
  /// Regular files, relative to the root.
  private(set) var files: [RelativePath] = []
  /// How many dot entries were ignored.
  private(set) var hidden = 0
  /// Symbolic links, devices, sockets and FIFOs: never opened.
  private(set) var refused: [FileError] = []

  private let root: String

  /// How deep folders may be nested below a class.
  private static let depthLimit = 64

  /// Lists everything below `start`, itself below `root`.
  /// - Throws: `FileError` when a folder cannot be read, or is nested too deeply.
  init(root: String, below start: RelativePath) throws {
    self.root = root
    try visit(start, depth: 0)
  }

  private mutating func visit(_ folder: RelativePath, depth: Int) throws {
    let path = folder.bytes.isEmpty ? Array(root.utf8) : folder.absolute(below: root)
    guard depth < Self.depthLimit else {
      throw FileError(printable(path), "is nested more than \(Self.depthLimit) folders deep")
    }
    for entry in try FolderEntry.list(path) {
      let path = folder.appending(entry.name)
      guard !entry.name.isHidden else {
        hidden += 1
        continue
      }
      switch entry.kind {
      case .file: files.append(path)
      case .folder: try visit(path, depth: depth + 1)
      case .symbolicLink, .special: refused += [entry.refusal(below: folder)].compactMap { $0 }
      }
    }
  }
}
