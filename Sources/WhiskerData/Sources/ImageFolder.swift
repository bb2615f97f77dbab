import WhiskerCore

/// Pictures in folders that are named after their classes, `root/class/.../picture`, or in files whose names start with
/// their classes.
package struct ImageFolder: StoredDataset, FileBackedDataset, CopyFinder, PictureFiles {
  package let info: DatasetInfo
  package let decoder: ImageDecoder
  /// The entries that are no data, and were not listed.
  let passedOver: PassedOver

  private let root: String
  private let listed: ListedFiles
  /// The files of each class.
  private let files: [PathList]
  /// The index of the first file of each class, and at the end the number of all files.
  private let starts: [Int]

  /// Lists the pictures below `root`/`split`. Hardly more than names is read.
  /// - Parameter split: The folder of a split below the root, or empty for the root itself.
  /// - Throws: `FileError` when a folder cannot be read.
  init(root: String, split: RelativePath, decoder: ImageDecoder, followsLinks: Bool) throws {
    let listed = ListedFiles()
    let top = try FolderContents(root: root, split, followsLinks: followsLinks)
    let above = Self.above(split, below: root, followsLinks: followsLinks)
    var passedOver = top.passedOver
    passedOver.loose = top.files.count
    var classNames: [String] = []
    var files: [PathList] = []
    for name in top.folders {
      let folder = split.appending(name)
      let listing = try FolderListing(root: root, below: folder, above: above, followsLinks: followsLinks)
      let mayBeOwn = !listing.passedOver.own.isEmpty || listing.files.count == 0
      guard !mayBeOwn || OwnFiles.verdict(on: folder.absolute(below: root)) != .own else {
        passedOver.own.append(folder)
        continue
      }
      passedOver.add(listing.passedOver)
      // A link that was not entered is no class.
      guard listing.passedOver.refused.first?.path != folder.description else { continue }
      classNames.append(name.description)
      files.append(listing.files.sorted())
    }
    self.init(
      root: root, listed: listed, decoder: decoder, classNames: classNames, files: files, passedOver)
  }

  /// Lists the pictures below `root`/`split` whose names start with their classes, in all folders.
  /// - Throws: `FileError` when a folder cannot be read.
  init(namedBelow root: String, split: RelativePath, decoder: ImageDecoder, followsLinks: Bool) throws {
    let start = FolderIdentity(split.absolute(below: root))
    let above = Self.above(split, below: root, followsLinks: followsLinks).filter { $0 != start }
    let listing = try FolderListing(root: root, below: split, above: above, followsLinks: followsLinks)
    var passedOver = listing.passedOver
    var files: [String: PathList] = [:]
    let sorted = listing.files.sorted()
    for index in 0..<sorted.count {
      let path = sorted[index]
      guard let name = path.classInName,
        path.isCalledPicture || FileFormat(at: path.absolute(below: root))?.isImage ?? true
      else {
        passedOver.unnamed += 1
        continue
      }
      files[name, default: PathList()].append(path)
    }
    let names = files.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    self.init(
      root: root, listed: ListedFiles(), decoder: decoder, classNames: names,
      files: names.map { files[$0] ?? PathList() }, passedOver)
  }

  /// The folders that contain those of the classes.
  private static func above(
    _ split: RelativePath, below root: String, followsLinks: Bool
  ) -> Set<FolderIdentity> {
    guard followsLinks else { return [] }
    return FolderIdentity.chain(of: pathBytes(root)).union(
      FolderIdentity.chain(of: split.absolute(below: root)))
  }

  private init(
    root: String, listed: ListedFiles, decoder: ImageDecoder, classNames: [String], files: [PathList],
    _ passedOver: PassedOver
  ) {
    (self.root, self.listed, self.decoder) = (root, listed, decoder)
    (self.files, self.passedOver) = (files, passedOver)
    starts = files.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
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
    try pixels.copyBytes(from: decoder.decode(contents(at: index), name: name(at: index)))
  }

  package func examine(
    _ index: Int, into pixels: UnsafeMutableRawBufferPointer
  ) throws -> SampleDetails {
    let contents = try contents(at: index)
    let picture = try decoder.examine(contents, name: name(at: index))
    pixels.copyBytes(from: picture.pixels)
    return SampleDetails(
      format: picture.format.name, width: picture.width, height: picture.height,
      fingerprint: contents.withUnsafeBytes { Fingerprint($0) })
  }

  package func fingerprint(at index: Int) throws -> Fingerprint {
    let contents = try contents(at: index)
    guard !contents.isEmpty else { throw FileError(name(at: index), "is empty") }
    return contents.withUnsafeBytes { Fingerprint($0) }
  }

  func findCopies(readAhead: ReadAhead) throws -> CopyGroups {
    try FileCopies(
      count: count, listed: listed, readAhead: readAhead,
      path: { relativePath(at: $0).absolute(below: root) },
      name: name(at:),
      fingerprint: StoredSamples(self).fingerprintIfReadable
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
    let absolute = path.absolute(below: root)
    return try listed.attempt(absolute) { try ImageDecoder.contents(of: absolute, name: path.description) }
  }

  package func file(of index: Int) -> String {
    printable(relativePath(at: index).absolute(below: root))
  }

  /// Unlike a sample, a thumbnail is not waited for when the file system fails.
  package func thumbnail(of index: Int, side: Int) throws -> Thumbnail {
    let path = relativePath(at: index)
    let bytes = try ImageDecoder.contents(of: path.absolute(below: root), name: path.description)
    return try decoder.thumbnail(bytes, side: side, name: path.description)
  }

  /// Calls `body` with the path of every file.
  func forEachPath(_ body: (_ path: RelativePath, _ absolute: () -> [UInt8]) -> Void) {
    for paths in files {
      for index in 0..<paths.count {
        let path = paths[index]
        body(path) { path.absolute(below: root) }
      }
    }
  }

  /// The same pictures, with further classes that have none.
  func adding(_ names: [String]) -> ImageFolder {
    ImageFolder(
      root: root, listed: listed, decoder: decoder, classNames: classNames + names,
      files: files + names.map { _ in PathList() }, passedOver)
  }

  /// The same pictures with the classes in another order.
  /// - Parameter names: The same names as `classNames`.
  func ordered(by names: [String]) -> ImageFolder {
    let files = Dictionary(uniqueKeysWithValues: zip(classNames, files))
    return ImageFolder(
      root: root, listed: listed, decoder: decoder, classNames: names,
      files: names.map { files[$0] ?? PathList() }, passedOver)
  }
}
