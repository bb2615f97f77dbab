import WhiskerTensor

/// Pictures in folders that are named after their classes, `root/class/.../picture`, or in files whose names start with
/// their classes.
package struct ImageFolder: Dataset {
  package let classNames: [String]
  package let decoder: ImageDecoder
  /// What is no data, and was not listed.
  let passedOver: PassedOver

  private let root: String
  private let listed: ListedFiles
  /// The files of each class.
  private let files: [PathList]
  /// The index of the first file of each class, and behind them the number of all.
  private let starts: [Int]

  package var preprocessing: Preprocessing { decoder.preprocessing }
  package var count: Int { starts[starts.count - 1] }
  package var isWorthCaching: Bool { true }

  /// Lists the pictures below `root`/`part`. Hardly more than names is read.
  /// - Parameter part: The folder of a split below the root, or empty for the root itself.
  /// - Throws: `FileError` when a folder cannot be read.
  init(root: String, part: RelativePath, decoder: ImageDecoder, followsLinks: Bool) throws {
    let listed = ListedFiles()
    let top = try FolderContents(root: root, part, followsLinks: followsLinks)
    let above = Self.above(part, below: root, followsLinks: followsLinks)
    var passedOver = top.passedOver
    passedOver.loose = top.files.count
    var classNames: [String] = []
    var files: [PathList] = []
    for name in top.folders {
      let folder = part.appending(name)
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

  /// Lists the pictures below `root`/`part` whose names start with their classes, in whatever folders they are.
  /// - Throws: `FileError` when a folder cannot be read.
  init(namedBelow root: String, part: RelativePath, decoder: ImageDecoder, followsLinks: Bool) throws {
    let start = FolderIdentity(part.absolute(below: root))
    let above = Self.above(part, below: root, followsLinks: followsLinks).filter { $0 != start }
    let listing = try FolderListing(root: root, below: part, above: above, followsLinks: followsLinks)
    var passedOver = listing.passedOver
    var files: [String: PathList] = [:]
    let sorted = listing.files.sorted()
    for index in 0..<sorted.count {
      let path = sorted[index]
      guard let name = path.classInName,
        path.isCalledPicture
          || ImageFormat.head(of: path.absolute(below: root)).map({ ImageFormat($0).isImage }) ?? true
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
    _ part: RelativePath, below root: String, followsLinks: Bool
  ) -> Set<FolderIdentity> {
    guard followsLinks else { return [] }
    return FolderIdentity.chain(of: pathBytes(root)).union(
      FolderIdentity.chain(of: part.absolute(below: root)))
  }

  private init(
    root: String, listed: ListedFiles, decoder: ImageDecoder, classNames: [String], files: [PathList],
    _ passedOver: PassedOver
  ) {
    (self.root, self.listed, self.decoder, self.classNames) = (root, listed, decoder, classNames)
    self.files = files
    starts = files.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
    self.passedOver = passedOver
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
      count: count, listed: listed, lanes: lanes, path: { relativePath(at: $0).absolute(below: root) },
      name: name(at:),
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
    let absolute = path.absolute(below: root)
    return try listed.attempt(absolute) { try ImageDecoder.contents(of: absolute, name: path.description) }
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

  /// The same pictures, with classes behind the others that have none of them.
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
