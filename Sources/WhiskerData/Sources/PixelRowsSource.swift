import WhiskerCore

/// Square gray pictures from a text table with a picture per row, held in memory as bytes.
struct PixelRowsDataset: InMemoryDataset, StoredDataset, FileBackedDataset {
  let info: DatasetInfo
  let isInMemory: Bool

  private let path: String
  private let side: Int
  /// The columns of the pixels, where the table has them in another order; otherwise nil.
  private let pixelOrder: String?
  private let pixels: FileContents
  private let labels: [Int32]
  private let decoder: ImageDecoder
  /// Whether the pictures have the size and the colours of the samples.
  private let isStoredAsWanted: Bool

  /// More classes than any dataset has.
  private static let labelLimit = 1 << 20

  /// Reads a table.
  /// - Parameter classNames: The classes by label; nil for the numbers up to the largest label.
  /// - Throws: `FileError` that names the line, for a value that is no label or no pixel; or that names the columns, for numbers
  ///   that leave the order of the pixels open.
  init(_ list: ListFile, _ columns: PixelColumns, decoder: ImageDecoder, classNames: [String]?) throws {
    path = list.path
    side = try Self.side(of: columns, list.path, decoder)
    let order = try columns.inOrder(side: side, list.path)
    pixelOrder = order == order.sorted() ? nil : order.map(String.init).joined(separator: ",")
    var (pixels, labels): ([UInt8], [Int32]) = ([], [])
    try list.forEachRow { row in
      if let column = columns.label {
        guard let label = Self.number(row[column]), label < Self.labelLimit else {
          throw Self.error(list.path, row, column, "no label from 0 up")
        }
        labels.append(Int32(label))
      }
      for column in order {
        guard let value = Self.number(row[column]), value <= 255 else {
          throw Self.error(list.path, row, column, "no pixel from 0 to 255")
        }
        pixels.append(UInt8(value))
      }
    }
    guard !pixels.isEmpty else { throw FileError(list.path, "holds no pictures") }
    let largest = Int(labels.max() ?? 0)
    let names = classNames ?? (0...largest).map(String.init)
    guard largest < names.count else {
      throw FileError(list.path, "holds the label \(largest), but there are \(names.count) classes")
    }
    let preprocessing = decoder.preprocessing
    isStoredAsWanted =
      side == preprocessing.height && side == preprocessing.width && preprocessing.channels == 1
    info = DatasetInfo(
      count: pixels.count / (side * side), classNames: names, preprocessing: preprocessing,
      isWorthCaching: !isStoredAsWanted)
    isInMemory = isStoredAsWanted
    (self.pixels, self.labels, self.decoder) = (FileContents(pixels), labels, decoder)
  }

  private static func side(of columns: PixelColumns, _ path: String, _ decoder: ImageDecoder) throws -> Int {
    let count = columns.count
    let side = Int(Double(count).squareRoot().rounded())
    guard side * side == count else {
      throw FileError(path, "has \(count) pixels in a row, which is no square number")
    }
    guard count <= decoder.maximumPixels else {
      throw FileError(
        path, "holds pictures of \(side)x\(side) pixels, over the limit of \(decoder.maximumPixels)",
        advice: "Raise \(.maximumPixels) if the size is intended")
    }
    return side
  }

  /// A field as a number of at most nine digits; nil for everything else.
  private static func number(_ field: ArraySlice<UInt8>) -> Int? {
    guard (1...9).contains(field.count) else { return nil }
    var number = 0
    for byte in field {
      let digit = Int(byte) - Int(UInt8(ascii: "0"))
      guard (0...9).contains(digit) else { return nil }
      number = 10 * number + digit
    }
    return number
  }

  private static func error(_ path: String, _ row: TableRow, _ column: Int, _ what: String) -> FileError {
    let value = printable(Array(row[column].prefix(20)))
    return FileError(path, "has \(what) in line \(row.line), column \(column + 1): \"\(value)\"")
  }

  func label(at index: Int) -> Int { labels.isEmpty ? 0 : Int(labels[index]) }

  func name(at index: Int) -> String { "\(lastPart(of: path))#\(index)" }

  func read(_ index: Int, into target: UnsafeMutableRawBufferPointer) throws {
    guard !isStoredAsWanted else { return withPicture(index) { target.copyMemory(from: $0) } }
    withPicture(index) { picture in
      target.copyBytes(
        from: decoder.scale(picture.assumingMemoryBound(to: UInt8.self), width: side, height: side))
    }
  }

  func address(of index: Int) -> UnsafePointer<UInt8>? {
    isStoredAsWanted ? pixels.address(of: index * side * side) : nil
  }

  func examine(_ index: Int, into target: UnsafeMutableRawBufferPointer) throws -> SampleDetails {
    try read(index, into: target)
    return SampleDetails(
      format: "pixels", width: side, height: side, fingerprint: try fingerprint(at: index))
  }

  func fingerprint(at index: Int) throws -> Fingerprint { withPicture(index) { Fingerprint($0) } }

  func forEachFile(_ body: (SourceFile) -> Void) {
    var file = SourceFile(path: pathBytes(lastPart(of: path)), label: nil, absolute: pathBytes(path))
    file.pixelOrder = pixelOrder
    body(file)
  }

  private func withPicture<Result>(_ index: Int, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    let size = side * side
    return pixels.withBytes { body(UnsafeRawBufferPointer(rebasing: $0[index * size..<(index + 1) * size])) }
  }
}

extension DataSource.Kind {
  /// A text table with the pixels of a picture per row.
  public static let pixelRows = DataSource.Kind(rawValue: "table of pixels")
}

extension SourceOpener {
  /// A table with the pixels of a picture per row, as Kaggle has MNIST.
  static let pixelRows = SourceOpener { request in
    guard request.isFile, let list = try ListFile(request.path, allowsLines: false),
      let columns = list.header.flatMap(PixelColumns.init)
    else { return nil }
    let options = request.options
    guard !options.labelsFromNames, options.labelsPath == nil else {
      throw FileError(list.path, "is a table of pixels, which has the labels in it")
    }
    guard columns.label != nil || options.acceptsUnlabelled else {
      throw FileError(
        list.path, "has pixels, but no column label", advice: "Without labels, it can only be predicted")
    }
    guard !list.mayExceed(MemoryBudget.available) else {
      throw FileError(list.path, "is too large for the memory: its pixels are kept as bytes")
    }
    let dataset = try PixelRowsDataset(
      list, columns, decoder: request.decoder, classNames: options.classNames)
    return DataSource(
      path: list.path, kind: .pixelRows, classNames: dataset.classNames,
      preprocessing: dataset.preprocessing, splits: [.training: dataset])
  }
}
