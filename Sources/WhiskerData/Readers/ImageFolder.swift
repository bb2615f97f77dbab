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
  /// The files of each class.
  private let files: [PathList]
  /// The index of the first file of each class, and behind them the number of all.
  private let starts: [Int]

  package var preprocessing: Preprocessing { decoder.preprocessing }
  package var count: Int { starts[starts.count - 1] }
  package var isWorthCaching: Bool { true }

  /// Lists the pictures below `root`/`part`. Only names are read; nothing is opened.
  /// - Parameter part: The folder of a split below the root, or empty for the root itself.
  /// - Throws: `FileError` when a folder cannot be read.
  init(root: String, part: RelativePath, decoder: ImageDecoder, followsLinks: Bool) throws {
    let top = part.bytes.isEmpty ? Array(root.utf8) : part.absolute(below: root)
    let entries = try FolderEntry.list(top, followsLinks: followsLinks)
    let folders = entries.filter { $0.kind == .folder && !$0.name.isHidden }
    var files: [PathList] = []
    var hidden = entries.count { $0.name.isHidden }
    var refused = entries.compactMap { $0.refusal(below: part) }
    for folder in folders {
      let listing = try FolderListing(
        root: root, below: part.appending(folder.name), followsLinks: followsLinks)
      files.append(listing.files.sorted())
      hidden += listing.hidden
      refused += listing.refused
    }
    self.init(
      root: root, decoder: decoder, classNames: folders.map { $0.name.description }, files: files,
      hidden: hidden,
      loose: entries.count { $0.kind == .file && !$0.name.isHidden }, refused: refused)
  }

  private init(
    root: String, decoder: ImageDecoder, classNames: [String], files: [PathList], hidden: Int, loose: Int,
    refused: [FileError]
  ) {
    (self.root, self.decoder, self.classNames) = (root, decoder, classNames)
    self.files = files
    starts = files.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
    (hiddenCount, looseCount, self.refused) = (hidden, loose, refused)
  }

  package var classCounts: [Int] { files.map(\.count) }

  package func label(at index: Int) -> Int {
    var (low, high) = (0, files.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if starts[middle + 1] > index { high = middle } else { low = middle + 1 }
    }
    return low
  }

  package func name(at index: Int) -> String { relativePath(at: index).description }

  private func relativePath(at index: Int) -> RelativePath {
    let label = label(at: index)
    return files[label][index - starts[label]]
  }

  package func read(_ index: Int, into pixels: UnsafeMutableRawBufferPointer) throws {
    try pixels.copyBytes(from: decoder.decode(contents(at: index), name: name(at: index)))
  }

  package func examine(
    _ index: Int, into pixels: UnsafeMutableRawBufferPointer
  ) throws -> SampleDetails {
    let (sample, details) = try decoder.examine(contents(at: index), name: name(at: index))
    pixels.copyBytes(from: sample)
    return details
  }

  package func fingerprint(at index: Int) throws -> Fingerprint {
    let contents = try contents(at: index)
    guard !contents.isEmpty else { throw FileError(name(at: index), "is empty") }
    return contents.withUnsafeBytes { Fingerprint($0) }
  }

  package func copies(lanes: BatchStream.Lanes) throws -> CopyGroups {
    try FileCopies(
      count: count, lanes: lanes, path: { relativePath(at: $0).absolute(below: root) }, name: name(at:),
      fingerprint: fingerprintIfReadable(at:)
    ).find()
  }

  package func path(at index: Int) -> [UInt8] { relativePath(at: index).bytes }

  package func forEachFile(_ body: (SourceFile) -> Void) {
    for (label, paths) in files.enumerated() {
      for index in 0..<paths.count {
        let path = paths[index]
        body(SourceFile(path: path.bytes, label: label, absolute: path.absolute(below: root)))
      }
    }
  }

  private func contents(at index: Int) throws -> [UInt8] {
    let path = relativePath(at: index)
    return try ImageDecoder.contents(of: path.absolute(below: root), name: path.description)
  }

  /// The same pictures, with classes behind the others that have none of them.
  func adding(_ names: [String]) -> ImageFolder {
    ImageFolder(
      root: root, decoder: decoder, classNames: classNames + names,
      files: files + names.map { _ in PathList() }, hidden: hiddenCount, loose: looseCount, refused: refused)
  }

  /// The same pictures with the classes in another order.
  /// - Parameter names: The same names as `classNames`.
  func ordered(by names: [String]) -> ImageFolder {
    let files = Dictionary(uniqueKeysWithValues: zip(classNames, files))
    return ImageFolder(
      root: root, decoder: decoder, classNames: names, files: names.map { files[$0] ?? PathList() },
      hidden: hiddenCount, loose: looseCount, refused: refused)
  }
}
