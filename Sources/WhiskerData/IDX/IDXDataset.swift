import WhiskerCore

/// Gray images and their labels from a pair of IDX files, such as MNIST's.
package struct IDXDataset: InMemoryDataset, StoredDataset, FileBackedDataset {
  package let info: DatasetInfo
  package let decoder: ImageDecoder
  /// Notes on the files, a sentence each.
  package let notes: [String]
  package let isInMemory: Bool

  private let images: IDXFile
  private let labels: IDXLabels
  private let rows: Int
  private let columns: Int

  /// Whether the images have the size and the colours of the samples.
  private let isStoredAsWanted: Bool

  /// Reads a pair of files, their contents after their headers were checked.
  /// - Parameter classNames: The classes by label; nil for the numbers up to the largest label.
  /// - Parameter isDescribed: Whether no image will be read.
  /// - Throws: `FileError` when a file is damaged, or the two do not fit each other or the class names.
  init(_ pair: IDXFolder.Pair, classNames: [String]?, decoder: ImageDecoder, isDescribed: Bool) throws {
    let (imagePath, labelPath) = (pair.images, pair.labels)
    let imageHeader = try IDXHeader(imagePath, dimensionCount: 3)
    let labelHeader = try IDXLabels.header(labelPath)
    (rows, columns) = (imageHeader.dimensions[1], imageHeader.dimensions[2])
    guard imageHeader.dimensions[0] == labelHeader.dimensions[0] else {
      throw FileError(
        imagePath,
        "holds \(imageHeader.dimensions[0]) images, but \(labelPath) holds \(labelHeader.dimensions[0]) labels"
      )
    }
    guard imageHeader.dimensions[0] > 0, rows > 0, columns > 0 else {
      throw FileError(imagePath, "holds no images")
    }
    guard rows * columns <= decoder.maximumPixels else {
      throw FileError(
        imagePath,
        "holds images of \(columns)x\(rows) pixels, over the limit of \(decoder.maximumPixels) (\(.maximumPixels))",
        advice: "Raise \(.maximumPixels) if the size is intended")
    }
    guard max(rows, columns) <= ImageDecoder.sideLimit else {
      throw FileError(
        imagePath,
        "holds images of \(columns)x\(rows) pixels, over the limit of \(ImageDecoder.sideLimit) on a side")
    }
    labels = try IDXLabels(labelHeader)
    images = try IDXFile(imageHeader, isDescribed: isDescribed)
    let largest = labels.largest
    let preprocessing = decoder.preprocessing
    isStoredAsWanted =
      rows == preprocessing.height && columns == preprocessing.width && preprocessing.channels == 1
    info = DatasetInfo(
      count: labels.count, classNames: classNames ?? (0...largest).map(String.init),
      preprocessing: preprocessing,
      isWorthCaching: !isStoredAsWanted)
    isInMemory = isStoredAsWanted && info.count * preprocessing.sampleSize <= MemoryBudget.available / 2
    self.decoder = decoder
    notes = KnownIDXFiles.notes(images: images, labels: labels.file)
    guard largest < info.classNames.count else {
      throw FileError(labelPath, "holds the label \(largest), but there are \(info.classNames.count) classes")
    }
  }

  package func label(at index: Int) -> Int { labels[index] }

  package func name(at index: Int) -> String { "\(lastPart(of: images.path))#\(index)" }

  package func read(_ index: Int, into pixels: UnsafeMutableRawBufferPointer) throws {
    withImage(index) { image in
      guard !isStoredAsWanted else { return pixels.copyMemory(from: image) }
      pixels.copyBytes(
        from: decoder.scale(image.assumingMemoryBound(to: UInt8.self), width: columns, height: rows))
    }
  }

  package func address(of index: Int) -> UnsafePointer<UInt8>? {
    isStoredAsWanted ? images.address(of: index * rows * columns) : nil
  }

  package func examine(
    _ index: Int, into pixels: UnsafeMutableRawBufferPointer
  ) throws -> SampleDetails {
    try read(index, into: pixels)
    return SampleDetails(
      format: "IDX", width: columns, height: rows, fingerprint: try fingerprint(at: index))
  }

  package func fingerprint(at index: Int) throws -> Fingerprint {
    withImage(index) { Fingerprint($0) }
  }

  package func forEachFile(_ body: (SourceFile) -> Void) {
    for path in [images.path, labels.file.path] {
      body(SourceFile(path: pathBytes(lastPart(of: path)), label: nil, absolute: pathBytes(path)))
    }
  }

  private func withImage<Result>(_ index: Int, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    let size = rows * columns
    return images.withElements { elements in
      body(UnsafeRawBufferPointer(rebasing: elements[index * size..<(index + 1) * size]))
    }
  }

  /// The same samples with other class names, at least as many.
  func named(_ names: [String]) -> IDXDataset { IDXDataset(self, classNames: names) }

  private init(_ other: IDXDataset, classNames: [String]) {
    info = DatasetInfo(
      count: other.count, classNames: classNames, preprocessing: other.preprocessing,
      isWorthCaching: other.isWorthCaching)
    (decoder, notes, images, labels) = (other.decoder, other.notes, other.images, other.labels)
    (rows, columns) = (other.rows, other.columns)
    (isStoredAsWanted, isInMemory) = (other.isStoredAsWanted, other.isInMemory)
  }
}

/// The part of a path after the last slash.
func lastPart(of path: String) -> String {
  path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[path.index(after: $0)...]) } ?? path
}
