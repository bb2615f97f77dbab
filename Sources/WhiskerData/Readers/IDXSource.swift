import WhiskerTensor

/// Opens IDX files as a data source.
struct IDXSource {
  let path: String
  let decoder: ImageDecoder
  let options: DataSource.Options

  /// The file that names the classes beside the data, one a line.
  private static let namesFile = "labels.txt"
  /// How many folders a note lists.
  private static let foldersShown = 3

  /// Opens the pairs of a folder: the second is the validation part, as in MNIST.
  func open(_ pairs: IDXFolder.Pairs) throws -> DataSource {
    let names = try options.classNames ?? namesFromFile(in: path)
    var parts: [DataSource.Part: IDXDataset] = [:]
    parts[.training] = try pairs.training.map { try dataset($0, names) }
    parts[.validation] = try pairs.test.map { try dataset($0, names) }
    return source(parts, notes: try notes(on: pairs))
  }

  /// What lies beside the files and is not looked at.
  private func notes(on pairs: IDXFolder.Pairs) throws -> [String] {
    let own = pairs.subfolder.split(separator: "/").first.map { RelativePath(bytes: Array($0.utf8)) }
    let folders = try FolderContents(root: path, RelativePath(bytes: []), followsLinks: options.followsLinks)
      .folders.filter { $0 != own && OwnFiles.verdict(on: $0.absolute(below: path)) != .own }
    guard !folders.isEmpty else { return [] }
    let names = folders.prefix(Self.foldersShown).map(\.description).joined(separator: ", ")
    return [
      "\(counted(folders.count, "folder")) ignored beside the IDX files "
        + "(\(names)\(folders.count > Self.foldersShown ? ", ..." : ""))"
    ]
  }

  /// Opens the images' file at `path` with the labels' file that belongs to it.
  func openPair() throws -> DataSource {
    let head = try FileBytes.head(path, count: 512)
    guard IDXHeader.isIDX(head, path: path) else { throw noDataSet(head) }
    guard let labels = options.labelsPath ?? IDXFolder.labels(for: path) else {
      throw FileError(path, "has no labels' file beside it", advice: "Name it with --labels FILE")
    }
    let folder = String(path.dropLast(lastPart(of: path).count))
    let names = try options.classNames ?? namesFromFile(in: folder.isEmpty ? "." : folder)
    return source([.training: try dataset(.init(images: path, labels: labels), names)])
  }

  private func dataset(_ pair: IDXFolder.Pair, _ names: [String]?) throws -> IDXDataset {
    try IDXDataset(pair, classNames: names, decoder: decoder, isDescribed: options.describesOnly)
  }

  private func source(_ parts: [DataSource.Part: IDXDataset], notes: [String] = []) -> DataSource {
    // A part that lacks the largest labels still has all the classes.
    let names = parts.values.map(\.classNames).max { $0.count < $1.count } ?? []
    let ordered = DataSource.Part.allCases.compactMap { parts[$0] }
    return DataSource(
      path: path, kind: .idx, classNames: names, preprocessing: decoder.preprocessing,
      parts: parts.mapValues { $0.named(names) },
      notes: ordered.flatMap(\.notes) + notes, refused: [])
  }

  private func namesFromFile(in folder: String) throws -> [String]? {
    let path = "\(folder)/\(Self.namesFile)"
    guard isFile(path) else { return nil }
    return try ClassNamesFile(path).names
  }

  private func noDataSet(_ bytes: [UInt8]) -> FileError {
    guard case .other(let description) = ImageFormat(bytes) else {
      return FileError(
        path, "is one picture, not a data set", advice: "Name the folder that holds a folder per class")
    }
    return FileError(path, "is \(description), not a data set")
  }
}
