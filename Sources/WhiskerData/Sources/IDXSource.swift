import WhiskerCore

extension DataSource {
  /// Whether an IDX file is at `path`, gzipped or not.
  /// - Throws: `FileError` when it cannot be read.
  package static func holdsIDX(_ path: String) throws -> Bool {
    guard isFile(path) else { return false }
    return IDXHeader.isIDX(try FileBytes.head(path, count: FileFormat.headSize), path: path)
  }
}

extension DataSource.Kind {
  /// Files in MNIST's format.
  public static let idx = DataSource.Kind(rawValue: "IDX files")
}

extension SourceOpener {
  /// IDX files: a folder that holds MNIST's files or others named like them, or a file of images.
  static let idx = SourceOpener { request in
    let source = IDXSource(path: request.path, decoder: request.decoder, options: request.options)
    guard request.isFolder else { return request.isFile ? try source.openPair() : nil }
    guard request.options.labelsPath == nil else {
      throw FileError(request.path, "is a folder, and \(.labels) goes with an IDX file of images")
    }
    return try IDXFolder.pairs(in: request.path).map { try source.open($0) }
  }
}

/// Opens IDX files as a data source.
private struct IDXSource {
  let path: String
  let decoder: ImageDecoder
  let options: DataSource.Options

  /// The file beside the data that names the classes, one a line.
  private static let namesFile = "labels.txt"
  /// The number of folders in a note.
  private static let foldersShown = 3

  /// Opens the pairs of a folder: the second is the validation split, as in MNIST.
  func open(_ pairs: IDXFolder.Pairs) throws -> DataSource {
    try checkOptions()
    let names = try options.classNames ?? namesFromFile(in: path)
    var splits: [DataSource.Split: IDXDataset] = [:]
    splits[.training] = try pairs.training.map { try dataset($0, names) }
    splits[.validation] = try pairs.test.map { try dataset($0, names) }
    return source(splits, notes: try notes(on: pairs))
  }

  /// Notes on the folders beside the files, which are ignored.
  private func notes(on pairs: IDXFolder.Pairs) throws -> [String] {
    let own = pairs.subfolder.split(separator: "/").first.map { RelativePath(bytes: Array($0.utf8)) }
    let tree = DiskTree(path)
    let folders = try FolderContents(tree, RelativePath(bytes: []), followsLinks: options.followsLinks)
      .folders.filter { $0 != own && OwnFiles.verdict(on: $0, in: tree) != .own }
    guard !folders.isEmpty else { return [] }
    let names = folders.prefix(Self.foldersShown).map(\.description).joined(separator: ", ")
    return [
      "\(counted(folders.count, "folder")) ignored beside the IDX files "
        + "(\(names)\(folders.count > Self.foldersShown ? ", ..." : ""))"
    ]
  }

  /// Opens the images file at `path` with the labels file that belongs to it; nil where it is no IDX file.
  func openPair() throws -> DataSource? {
    let head = try FileBytes.head(path, count: FileFormat.headSize)
    guard IDXHeader.isIDX(head, path: path) else { return nil }
    try checkOptions()
    guard let labels = options.labelsPath ?? IDXFolder.labels(for: path) else {
      throw FileError(path, "has no labels file beside it", advice: "Name it with \(.labels) FILE")
    }
    let folder = String(path.dropLast(lastPart(of: path).count))
    let names = try options.classNames ?? namesFromFile(in: folder.isEmpty ? "." : folder)
    return source([.training: try dataset(.init(images: path, labels: labels), names)])
  }

  private func checkOptions() throws {
    guard options.labelsFromNames else { return }
    throw FileError(path, "is no folder of pictures, whose names could hold labels")
  }

  private func dataset(_ pair: IDXFolder.Pair, _ names: [String]?) throws -> IDXDataset {
    try IDXDataset(pair, classNames: names, decoder: decoder, isDescribed: options.describesOnly)
  }

  private func source(_ splits: [DataSource.Split: IDXDataset], notes: [String] = []) -> DataSource {
    // A split without the largest labels still has all classes.
    let names = splits.values.map(\.classNames).max { $0.count < $1.count } ?? []
    let ordered = DataSource.Split.allCases.compactMap { splits[$0] }
    return DataSource(
      path: path, kind: .idx, classNames: names, preprocessing: decoder.preprocessing,
      splits: splits.mapValues { $0.named(names) },
      notes: ordered.flatMap(\.notes) + notes)
  }

  private func namesFromFile(in folder: String) throws -> [String]? {
    let path = "\(folder)/\(Self.namesFile)"
    guard isFile(path) else { return nil }
    return try ClassNamesFile(path).names
  }
}
