import WhiskerTensor

/// Pictures in folders that are named after their classes: `root/class/.../picture`.
package struct ImageFolder: Dataset {
  package let classNames: [String]
  package let decoder: ImageDecoder
  /// How many dot entries were ignored.
  package let hiddenCount: Int
  /// How many files lie beside the class folders, and so have no class.
  package let looseCount: Int
  /// What was listed but must not be opened: symbolic links, devices, sockets, FIFOs.
  package let refused: [FileError]

  private let root: String
  private let files: [(path: RelativePath, label: Int)]

  package var preprocessing: Preprocessing { decoder.preprocessing }
  package var count: Int { files.count }
  package var isWorthCaching: Bool { true }

  /// Lists the pictures below `root`/`part`. Only names are read; nothing is opened.
  /// - Parameter part: The folder of a split below the root, or empty for the root itself.
  /// - Throws: `FileError` when a folder cannot be read.
  init(root: String, part: RelativePath, decoder: ImageDecoder, followsLinks: Bool) throws {
    let top = part.bytes.isEmpty ? Array(root.utf8) : part.absolute(below: root)
    let entries = try FolderEntry.list(top, followsLinks: followsLinks)
    let folders = entries.filter { $0.kind == .folder && !$0.name.isHidden }
    var files: [(path: RelativePath, label: Int)] = []
    var hidden = entries.count { $0.name.isHidden }
    var refused = entries.compactMap { $0.refusal(below: part) }
    for (label, folder) in folders.enumerated() {
      let listing = try FolderListing(
        root: root, below: part.appending(folder.name), followsLinks: followsLinks)
      files += listing.files.map { (path: $0, label: label) }
      hidden += listing.hidden
      refused += listing.refused
    }
    self.init(
      root: root, decoder: decoder, classNames: folders.map { $0.name.description }, files: files,
      hidden: hidden,
      loose: entries.count { $0.kind == .file && !$0.name.isHidden }, refused: refused)
  }

  private init(
    root: String, decoder: ImageDecoder, classNames: [String], files: [(path: RelativePath, label: Int)],
    hidden: Int,
    loose: Int,
    refused: [FileError]
  ) {
    (self.root, self.decoder, self.classNames) = (root, decoder, classNames)
    self.files = files
    (hiddenCount, looseCount, self.refused) = (hidden, loose, refused)
  }

  package func label(at index: Int) -> Int { files[index].label }

  package func name(at index: Int) -> String { files[index].path.description }

  package func read(_ index: Int, into pixels: UnsafeMutableRawBufferPointer) throws {
    try pixels.copyBytes(from: decoder.decode(contents(at: index), name: name(at: index)))
  }

  package func examine(_ index: Int) throws -> SampleDetails {
    let bytes = try contents(at: index)
    _ = try decoder.decode(bytes, name: name(at: index))
    return try decoder.examine(bytes, name: name(at: index))
  }

  private func contents(at index: Int) throws -> [UInt8] {
    let path = files[index].path
    return try ImageDecoder.contents(of: path.absolute(below: root), name: path.description)
  }

  /// The same pictures, with classes behind the others that have none of them.
  func adding(_ names: [String]) -> ImageFolder {
    ImageFolder(
      root: root, decoder: decoder, classNames: classNames + names, files: files, hidden: hiddenCount,
      loose: looseCount, refused: refused)
  }

  /// The same pictures with the classes in another order.
  /// - Parameter names: The same names as `classNames`.
  func ordered(by names: [String]) -> ImageFolder {
    let newLabels = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
    let relabelled = files.map { (path: $0.path, label: newLabels[classNames[$0.label]] ?? 0) }
    let files = relabelled.sorted { ($0.label, $0.path) < ($1.label, $1.path) }
    return ImageFolder(
      root: root, decoder: decoder, classNames: names, files: files, hidden: hiddenCount, loose: looseCount,
      refused: refused)
  }
}
