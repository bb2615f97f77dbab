import WhiskerTensor

/// Opens IDX files as a data source.
struct IDXSource {
  let path: String
  let decoder: ImageDecoder
  let options: DataSource.Options

  /// The file that names the classes beside the data, one a line.
  private static let namesFile = "labels.txt"
  private static let namesLimit = 1 << 20

  /// Opens the pairs of a folder: the second is the validation part, as in MNIST.
  func open(_ training: IDXFolder.Pair?, _ test: IDXFolder.Pair?) throws -> DataSource {
    let names = try options.classNames ?? namesFromFile(in: path)
    var parts: [DataSource.Part: IDXDataset] = [:]
    parts[.training] = try training.map { try dataset($0, names) }
    parts[.validation] = try test.map { try dataset($0, names) }
    return source(parts)
  }

  /// Opens the images' file at `path` with the labels' file that belongs to it.
  func openPair() throws -> DataSource {
    let head = try FileBytes.head(path, count: 512)
    guard IDXFile.isIDX(head, path: path) else { throw noDataSet(head) }
    guard let labels = options.labelsPath ?? IDXFolder.labels(for: path) else {
      throw FileError(path, "has no labels' file beside it", advice: "Name it with --labels FILE")
    }
    let folder = String(path.dropLast(lastPart(of: path).count))
    let names = try options.classNames ?? namesFromFile(in: folder.isEmpty ? "." : folder)
    return source([.training: try dataset(.init(images: path, labels: labels), names)])
  }

  private func dataset(_ pair: IDXFolder.Pair, _ names: [String]?) throws -> IDXDataset {
    try IDXDataset(images: pair.images, labels: pair.labels, classNames: names, decoder: decoder)
  }

  private func source(_ parts: [DataSource.Part: IDXDataset]) -> DataSource {
    // A part that lacks the largest labels still has all the classes.
    let names = parts.values.map(\.classNames).max { $0.count < $1.count } ?? []
    let ordered = DataSource.Part.allCases.compactMap { parts[$0] }
    return DataSource(
      path: path, kind: .idx, classNames: names, preprocessing: decoder.preprocessing,
      parts: parts.mapValues { $0.named(names) },
      notes: ordered.flatMap(\.notes), refused: [])
  }

  private func namesFromFile(in folder: String) throws -> [String]? {
    let path = "\(folder)/\(Self.namesFile)"
    guard isFile(path) else { return nil }
    let text = String(decoding: try FileBytes.read(path, limit: Self.namesLimit), as: UTF8.self)
    let names = text.split(whereSeparator: \.isNewline).map(String.init)
    guard Set(names).count == names.count, !names.isEmpty, names.allSatisfy(isPrintable) else {
      throw FileError(path, "does not name every class once, one a line of plain text")
    }
    return names
  }

  private func noDataSet(_ bytes: [UInt8]) -> FileError {
    guard case .other(let description) = ImageFormat(bytes) else {
      return FileError(
        path, "is one picture, not a data set", advice: "Name the folder that holds a folder per class")
    }
    return FileError(path, "is \(description), not a data set")
  }
}
