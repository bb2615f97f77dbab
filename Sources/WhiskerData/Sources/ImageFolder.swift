import WhiskerCore

/// Pictures in folders that are named after their classes, `root/class/.../picture`, or in files whose names start with
/// their classes.
package struct ImageFolder: StoredDataset, FileBackedDataset, CopyFinder, SizedDataset, PictureFiles {
  package let info: DatasetInfo
  package let decoder: ImageDecoder
  /// The entries that are no data, and were not listed.
  let passedOver: PassedOver

  private let tree: any FileTree
  private let listed: ListedFiles
  /// The files of each class.
  private let files: [PathList]
  /// The index of the first file of each class, and at the end the number of all files.
  private let starts: [Int]
  private let seen: SeenFingerprints

  /// Lists the pictures of `tree` below `split`. Hardly more than names is read.
  /// - Parameter split: The folder of a split below the root, or empty for the root itself.
  /// - Throws: `FileError` when a folder cannot be read.
  init(_ tree: any FileTree, split: RelativePath, decoder: ImageDecoder, followsLinks: Bool) throws {
    let listed = ListedFiles()
    let top = try FolderContents(tree, split, followsLinks: followsLinks)
    let above = Self.above(split, of: tree, followsLinks: followsLinks)
    var passedOver = top.passedOver
    passedOver.loose = top.files.count
    var classNames: [String] = []
    var files: [PathList] = []
    let folders = top.folders.map(split.appending)
    let list = { @Sendable (place: Int) in
      try FolderListing(tree, below: folders[place], above: above, followsLinks: followsLinks)
    }
    try ReadAhead.allCores.inOrder(folders.count, chunk: 1, compute: list) { place, listing in
      let folder = folders[place]
      let mayBeOwn = !listing.passedOver.own.isEmpty || listing.files.count == 0
      guard !mayBeOwn || OwnFiles.verdict(on: folder, in: tree) != .own else {
        passedOver.own.append(folder)
        return
      }
      passedOver.add(listing.passedOver)
      // A link that was not entered is no class.
      guard listing.passedOver.refused.first?.path != folder.description else { return }
      classNames.append(top.folders[place].description)
      files.append(listing.files)
    }
    self.init(
      tree, listed: listed, decoder: decoder, classNames: classNames, files: files, passedOver)
  }

  /// Lists the pictures of `tree` below `split` whose names start with their classes, in all folders.
  /// - Throws: `FileError` when a folder cannot be read.
  init(namedIn tree: any FileTree, split: RelativePath, decoder: ImageDecoder, followsLinks: Bool) throws {
    let start = tree.identity(of: split)
    let above = Self.above(split, of: tree, followsLinks: followsLinks).filter { $0 != start }
    let listing = try FolderListing(tree, below: split, above: above, followsLinks: followsLinks)
    var passedOver = listing.passedOver
    var files: [String: PathList] = [:]
    for index in 0..<listing.files.count {
      let path = listing.files[index]
      guard let name = path.classInName,
        path.isCalledPicture || FileFormat(path, in: tree)?.isImage ?? true
      else {
        passedOver.unnamed += 1
        continue
      }
      files[name, default: PathList()].append(path)
    }
    let names = files.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    self.init(
      tree, listed: ListedFiles(), decoder: decoder, classNames: names,
      files: names.map { files[$0] ?? PathList() }, passedOver)
  }

  /// The folders that contain those of the classes.
  private static func above(
    _ split: RelativePath, of tree: any FileTree, followsLinks: Bool
  ) -> Set<FolderIdentity> {
    guard followsLinks, tree.isOnDisk else { return [] }
    return FolderIdentity.chain(of: pathBytes(tree.root)).union(
      FolderIdentity.chain(of: split.absolute(below: tree.root)))
  }

  /// The pictures at given paths.
  /// - Parameter files: The files of each class, relative to the root or absolute, in plain byte order.
  init(
    _ tree: any FileTree, listed: ListedFiles, decoder: ImageDecoder, classNames: [String], files: [PathList],
    _ passedOver: PassedOver
  ) {
    (self.tree, self.listed, self.decoder) = (tree, listed, decoder)
    (self.files, self.passedOver) = (files, passedOver)
    starts = files.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
    seen = SeenFingerprints(count: starts[starts.count - 1])
    info = DatasetInfo(
      count: starts[starts.count - 1], classNames: classNames, preprocessing: decoder.preprocessing,
      isWorthCaching: true)
  }

  /// The number of files of each class.
  var fileCounts: [Int] { files.map(\.count) }

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
    let contents = try contents(at: index)
    if seen[index] == nil { seen.note(contents, of: index) }
    try pixels.copyBytes(from: decoder.decode(contents, name: name(at: index)))
  }

  package func examine(
    _ index: Int, into pixels: UnsafeMutableRawBufferPointer
  ) throws -> SampleDetails {
    let contents = try contents(at: index)
    let fingerprint = seen.note(contents, of: index)
    let picture = try decoder.examine(contents, name: name(at: index))
    pixels.copyBytes(from: picture.pixels)
    return SampleDetails(
      format: picture.format.name, width: picture.width, height: picture.height,
      fingerprint: fingerprint)
  }

  package func fingerprint(at index: Int) throws -> Fingerprint {
    let contents = try contents(at: index)
    guard !contents.isEmpty else { throw FileError(name(at: index), "is empty") }
    return seen.note(contents, of: index)
  }

  func findCopies(readAhead: ReadAhead) throws -> CopyGroups {
    try FileCopies(count: count, samples: StoredSamples(self), readAhead: readAhead).find()
  }

  func storedSize(at index: Int) throws -> Int? { try examined(index, tree.size) }

  func storedExcerpt(at index: Int) throws -> [UInt8]? { try examined(index, tree.excerpt) }

  func seenFingerprint(at index: Int) -> Fingerprint? { seen[index] }

  /// The result of `body` for the path of a file; nil where the file is at fault.
  private func examined<Result>(_ index: Int, _ body: (RelativePath) throws -> Result?) throws -> Result? {
    let path = relativePath(at: index)
    do {
      return try listed.attempt(path.absolute(below: tree.root)) { try body(path) }
    } catch let error where !(error is ResourceError) {
      return nil
    }
  }

  package func path(at index: Int) -> [UInt8] { relativePath(at: index).bytes }

  package func forEachFile(_ body: (SourceFile) -> Void) {
    let file = { @Sendable (index: Int) in
      tree.sourceFile(relativePath(at: index), label: label(at: index)).noting(seen[index])
    }
    // Nothing is thrown: a file that cannot be examined has no size.
    try? ReadAhead.allCores.inOrder(count, chunk: 256, compute: file) { _, file in body(file) }
  }

  private func contents(at index: Int) throws -> [UInt8] {
    let path = relativePath(at: index)
    return try listed.attempt(path.absolute(below: tree.root)) {
      try ImageDecoder.contents(of: path, in: tree)
    }
  }

  package func file(of index: Int) -> String { tree.name(of: relativePath(at: index)) }

  package func head(of index: Int, count: Int) -> [UInt8]? {
    tree.head(of: relativePath(at: index), count: count)
  }

  /// Unlike a sample, a thumbnail is not waited for when the file system fails.
  package func thumbnail(of index: Int, side: Int) throws -> Thumbnail {
    let path = relativePath(at: index)
    let bytes = try ImageDecoder.contents(of: path, in: tree)
    return try decoder.thumbnail(bytes, side: side, name: path.description)
  }

  package func show(_ index: Int, by decoder: ImageDecoder, side: Int) throws -> ShownPicture {
    let path = relativePath(at: index)
    return try decoder.show(ImageDecoder.contents(of: path, in: tree), side: side, name: path.description)
  }

  /// Calls `body` with the path of every file.
  func forEachPath(_ body: (_ path: RelativePath, _ tree: any FileTree) -> Void) {
    for paths in files {
      for index in 0..<paths.count { body(paths[index], tree) }
    }
  }

  /// The same pictures, with further classes that have none.
  func adding(_ names: [String]) -> ImageFolder {
    ImageFolder(
      tree, listed: listed, decoder: decoder, classNames: classNames + names,
      files: files + names.map { _ in PathList() }, passedOver)
  }

  /// The same pictures with the classes in another order.
  /// - Parameter names: The same names as `classNames`.
  func ordered(by names: [String]) -> ImageFolder {
    let files = Dictionary(uniqueKeysWithValues: zip(classNames, files))
    return ImageFolder(
      tree, listed: listed, decoder: decoder, classNames: names,
      files: names.map { files[$0] ?? PathList() }, passedOver)
  }
}
