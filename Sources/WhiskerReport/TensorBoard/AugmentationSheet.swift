import WhiskerData
import WhiskerCore

/// A picture of some training samples, a row each: the sample as it is, and as augmentation changes it in the first epochs.
public struct AugmentationSheet {
  /// The number of samples and of epochs in a sheet.
  public struct Size: Sendable {
    /// The largest number of rows.
    public var samples = 8
    /// The number of augmented pictures in a row.
    public var epochs = 8
    /// The most bytes of all pictures: there are fewer rows of large ones, at least one.
    public var byteBudget = 1 << 24

    /// Eight samples in eight epochs.
    public init() {}
  }

  /// The number of samples.
  public let sampleCount: Int
  private let image: EventImage

  private static let gap = 2
  /// The number of samples that are tried.
  private static let candidates = 64

  /// Draws a sheet of random samples, the same for the same seed; nil where none of them can be read.
  /// - Throws: `ResourceError` when the machine runs out of something.
  public init?(_ samples: SampleSet, _ augmentation: Augmentation, seed: UInt64, size: Size = Size()) throws {
    let (dataset, preprocessing) = (samples.dataset, samples.dataset.preprocessing)
    let rowSize = (size.epochs + 1) * preprocessing.sampleSize
    let count = max(1, min(size.samples, size.byteBudget / rowSize))
    let order = samples.drawn(Self.candidates, seed: seed).indices
    func batch(of indices: [SampleIndex], _ augmenter: Augmenter?) throws -> Batch? {
      let stream = BatchStream(
        dataset, order: indices, batchSize: count, readAhead: ReadAhead(workers: 0), augmenter: augmenter)
      defer { stream.cancel() }
      return try stream.next()
    }
    guard let plain = try batch(of: order, nil) else { return nil }
    let (height, width) = (preprocessing.height + Self.gap, preprocessing.width + Self.gap)
    sampleCount = plain.count
    var image = EventImage(
      height: plain.count * height - Self.gap, width: (size.epochs + 1) * width - Self.gap,
      background: Array(repeating: 255, count: preprocessing.channels))
    for epoch in 0...size.epochs {
      let augmenter = Augmenter(augmentation, preprocessing, seed: seed, epoch: epoch)
      guard let shown = epoch == 0 ? plain : try batch(of: plain.indices, augmenter) else { break }
      let pixels = shown.images
      // A sample that can no longer be read leaves its place empty.
      for (place, row) in shown.indices.map({ plain.indices.firstIndex(of: $0) }).enumerated() {
        guard let row else { continue }
        let sample = pixels[place * preprocessing.sampleSize..<(place + 1) * preprocessing.sampleSize]
        image.draw(sample, width: preprocessing.width, x: epoch * width, y: row * height)
      }
    }
    self.image = image
  }

  /// Writes the PNG file.
  /// - Throws: `FileError` when it cannot be written.
  public func write(to path: String) throws {
    let file = try AtomicFile(path, writesStreams: true)
    try image.png.withUnsafeBytes(file.write)
    try file.commit()
  }

  /// The PNG file as a data URI for a page.
  var dataURI: String { image.dataURI }
}
