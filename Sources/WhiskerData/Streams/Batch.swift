/// Samples side by side, as they are fed to a network.
public struct Batch: Sendable {
  /// The pixels.
  var pixels: BatchPixels
  /// The labels, `[count]`.
  public var labels: [Int32]
  /// The samples' indices in their data set, `[count]`.
  public var indices: [SampleIndex]

  /// The number of samples.
  public var count: Int { labels.count }

  /// A copy of the pixels, `[count, height, width, channels]`.
  public var images: [UInt8] { pixels.copy }

  /// Calls `body` with what tells where each of the samples lies, `[height, width, channels]`; valid during the call.
  public func withAddresses<Result>(_ body: ((Int) -> UnsafePointer<UInt8>) throws -> Result) rethrows
    -> Result
  {
    try pixels.withAddresses(body)
  }

  /// The samples at `range` of this batch.
  func slice(_ range: Range<Int>) -> Batch {
    Batch(pixels: pixels.slice(range), labels: Array(labels[range]), indices: Array(indices[range]))
  }

  /// Adds another batch's samples behind this one's.
  mutating func append(_ other: Batch) {
    pixels = pixels.joined(other.pixels)
    labels += other.labels
    indices += other.indices
  }
}
