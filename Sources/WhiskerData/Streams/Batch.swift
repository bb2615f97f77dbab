/// Samples side by side, as they are fed to a network.
public struct Batch: Sendable {
  /// The pixels, `[count, height, width, channels]`.
  public var images: [UInt8]
  /// The labels, `[count]`.
  public var labels: [Int32]
  /// The samples' indices in their data set, `[count]`.
  public var indices: [SampleIndex]

  /// The number of samples.
  public var count: Int { labels.count }

  /// The samples at `range` of this batch.
  func slice(_ range: Range<Int>, sampleSize: Int) -> Batch {
    Batch(
      images: Array(images[range.lowerBound * sampleSize..<range.upperBound * sampleSize]),
      labels: Array(labels[range]), indices: Array(indices[range]))
  }

  /// Adds another batch's samples behind this one's.
  mutating func append(_ other: Batch) {
    images += other.images
    labels += other.labels
    indices += other.indices
  }
}
