/// The pixels of a batch: side by side, or wherever they lie in the memory of their data set.
enum BatchPixels: Sendable {
  case copied([UInt8], sampleSize: Int)
  case inPlace(any Dataset, [SampleIndex])

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
          preconditionFailure("a data set in memory has every sample there")
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
