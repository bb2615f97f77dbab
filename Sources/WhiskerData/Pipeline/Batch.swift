/// Samples that go through a network together.
public struct Batch: Sendable {
  /// The pixels.
  var pixels: BatchPixels
  /// The labels, `[count]`.
  public var labels: [Int32]
  /// The samples' indices in their dataset, `[count]`.
  public var indices: [SampleIndex]
  /// The labels that samples were mixed with; nil for a batch without mixing.
  public internal(set) var second: SampleMixing.SecondLabels?

  /// The number of samples.
  public var count: Int { labels.count }

  /// A copy of the pixels, `[count, height, width, channels]`.
  public var images: [UInt8] { pixels.copy }

  /// Calls `body` with the address of each sample by its row, `[height, width, channels]`; valid during the call.
  public func withAddresses<Result>(_ body: ((Int) -> UnsafePointer<UInt8>) throws -> Result) rethrows
    -> Result
  {
    try pixels.withAddresses(body)
  }

  /// The samples at `range` of this batch.
  func slice(_ range: Range<Int>) -> Batch {
    Batch(pixels: pixels.slice(range), labels: Array(labels[range]), indices: Array(indices[range]))
  }

  /// Appends the samples of another batch.
  mutating func append(_ other: Batch) {
    pixels = pixels.joined(other.pixels)
    labels += other.labels
    indices += other.indices
  }
}

/// The pixels of a batch: copied side by side, or in the memory of their dataset.
enum BatchPixels: Sendable {
  case copied([UInt8], sampleSize: Int)
  case inPlace(any InMemoryDataset, [SampleIndex])

  /// The pixels side by side.
  var copy: [UInt8] {
    switch self {
    case .copied(let bytes, _): return bytes
    case .inPlace(let dataset, let indices):
      let size = dataset.preprocessing.sampleSize
      return indices.flatMap { UnsafeBufferPointer(start: dataset.address(of: Int($0)), count: size) }
    }
  }

  func withAddresses<Result>(_ body: ((Int) -> UnsafePointer<UInt8>) throws -> Result) rethrows -> Result {
    switch self {
    case .copied(let bytes, let size):
      return try bytes.withUnsafeBufferPointer { bytes in try body { bytes.baseAddress! + $0 * size } }
    case .inPlace(let dataset, let indices):
      return try body { row in
        guard let address = dataset.address(of: Int(indices[row])) else {
          preconditionFailure("a dataset in memory has the address of every sample")
        }
        return address
      }
    }
  }

  func slice(_ range: Range<Int>) -> BatchPixels {
    switch self {
    case .copied(let bytes, let size):
      .copied(Array(bytes[range.lowerBound * size..<range.upperBound * size]), sampleSize: size)
    case .inPlace(let dataset, let indices): .inPlace(dataset, Array(indices[range]))
    }
  }

  func joined(_ other: BatchPixels) -> BatchPixels {
    switch (self, other) {
    case (.inPlace(let dataset, let indices), .inPlace(_, let more)): .inPlace(dataset, indices + more)
    case (.copied(let bytes, let size), _): .copied(bytes + other.copy, sampleSize: size)
    case (.inPlace(let dataset, _), _):
      .copied(copy + other.copy, sampleSize: dataset.preprocessing.sampleSize)
    }
  }
}
