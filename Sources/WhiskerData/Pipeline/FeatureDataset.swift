import WhiskerCore

/// Features of pictures, computed when they are read: the samples of a network that continues where a backbone ends.
///
/// A sample is the `features.count` little-endian Float32 of each view. In everything else it is the picture: its label, name, file and
/// fingerprint.
struct FeatureDataset: StoredDataset, FileBackedDataset, CopyFinder {
  let info: DatasetInfo
  /// The pictures.
  let pictures: any Dataset
  private let stored: StoredSamples
  private let memory: (any InMemoryDataset)?
  private let backbone: any FeatureSource
  private let views: PictureViews

  /// The features of `pictures`, which have the preprocessing of the backbone's input.
  init(_ pictures: any Dataset, _ backbone: any FeatureSource, views: Int) {
    var preprocessing = pictures.preprocessing
    preprocessing.features = backbone.origin
    preprocessing.features?.views = views
    self.views = PictureViews(count: views, preprocessing.ofPictures)
    (self.pictures, stored, self.backbone) = (pictures, StoredSamples(pictures), backbone)
    memory = pictures as? any InMemoryDataset
    info = DatasetInfo(
      count: pictures.count, classNames: pictures.classNames, preprocessing: preprocessing,
      isWorthCaching: true)
  }

  func label(at index: Int) -> Int { pictures.label(at: index) }
  func name(at index: Int) -> String { pictures.name(at: index) }

  func read(_ index: Int, into features: UnsafeMutableRawBufferPointer) throws {
    if let address = memory?.address(of: index) { return try compute(address, index, into: features) }
    try withPicture(index, into: features) { try pictures.read(index, into: $0) }
  }

  func examine(_ index: Int, into features: UnsafeMutableRawBufferPointer) throws -> SampleDetails {
    try withPicture(index, into: features) { try stored.examine(index, into: $0) }
  }

  func fingerprint(at index: Int) throws -> Fingerprint { try stored.fingerprint(at: index) }
  func path(at index: Int) -> [UInt8] { stored.path(at: index) }
  func forEachFile(_ body: (SourceFile) -> Void) { (pictures as? any FileBackedDataset)?.forEachFile(body) }
  func findCopies(readAhead: ReadAhead) throws -> CopyGroups { try pictures.copies(readAhead: readAhead) }

  /// Reads a picture and computes its features.
  private func withPicture<Result>(
    _ index: Int, into features: UnsafeMutableRawBufferPointer,
    _ read: (UnsafeMutableRawBufferPointer) throws -> Result
  ) throws -> Result {
    let size = pictures.preprocessing.sampleSize
    let pixels = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 64)
    defer { pixels.deallocate() }
    let result = try read(pixels)
    if let start = pixels.assumingMemoryBound(to: UInt8.self).baseAddress {
      try compute(UnsafePointer(start), index, into: features)
    }
    return result
  }

  private func compute(
    _ pixels: UnsafePointer<UInt8>, _ index: Int, into features: UnsafeMutableRawBufferPointer
  ) throws {
    let values = features.assumingMemoryBound(to: Float.self)
    guard let start = values.baseAddress else { return }
    let picture = UnsafeBufferPointer(start: pixels, count: pictures.preprocessing.sampleSize)
    views.forEach(of: picture, index: SampleIndex(index)) { view, pixels in
      backbone.compute(pixels, into: start + view * backbone.origin.count)
    }
    guard values.allSatisfy(\.isFinite) else {
      throw FileError(
        name(at: index), "has features that are NaN or infinite: the weights of the backbone are too large")
    }
  }
}

/// Computes features of pictures, on any thread.
package protocol FeatureSource: Sendable {
  /// The number of features, and what computes them.
  var origin: FeatureOrigin { get }

  /// Computes the features of one picture.
  /// - Parameter pixels: `[height, width, channels]`
  /// - Parameter features: `[origin.count]`
  func compute(_ pixels: UnsafePointer<UInt8>, into features: UnsafeMutablePointer<Float>)
}

extension DataSource {
  /// The same source with features as samples, instead of pictures.
  /// - Parameter views: The number of views of each picture.
  package func features(of backbone: any FeatureSource, views: Int = 1) -> DataSource {
    let datasets = splits.mapValues { FeatureDataset($0, backbone, views: views) }
    return with(datasets, datasets.values.first?.preprocessing)
  }
}
