import WhiskerCore
import WhiskerData

/// A readable picture of an audited dataset. A class, because many findings may be about one picture.
public final class AuditedPicture: Sendable {
  /// Its path below the root of the dataset.
  public let name: String
  /// The split that it belongs to.
  public let split: DataSource.Split
  /// Its index in the split.
  public let index: Int
  /// Its class, counted from 0.
  public let label: Int
  /// The picture as it is stored.
  public let details: SampleDetails
  /// The standard deviation of its brightness, in gray levels.
  let deviation: Double

  /// The memory that a picture usually takes at most, in bytes, with its name, its places in tables and what an allocator adds.
  static let memory = 512

  init(
    _ index: Int, of dataset: any Dataset, _ split: DataSource.Split, _ details: SampleDetails,
    deviation: Double
  ) {
    (self.index, self.split, self.details, self.deviation) = (index, split, details, deviation)
    (name, label) = (dataset.name(at: index), dataset.label(at: index))
  }
}

/// What an audit needs of every picture, read in one pass.
package final class AuditedPictures {
  /// The readable pictures, in the order of the splits.
  private(set) var pictures: [AuditedPicture] = []
  /// The pictures that cannot be read.
  private(set) var failures: [SampleFailure] = []
  /// The pictures in small, `[count, side, side]`.
  private(set) var gray: [UInt8] = []
  /// The features `[count, features]`; empty without a backbone.
  private(set) var features: [Float] = []

  /// The side of a small picture, in pixels.
  static let side = 32
  /// The number of pictures that a worker reads at a time.
  private static let chunk = 8

  private struct Values: Sendable {
    let details: SampleDetails
    let deviation: Double
    let gray: [UInt8]
    let features: [Float]
  }

  var count: Int { pictures.count }

  /// Reads the pictures of a source.
  /// - Parameter backbone: What computes the features of its pictures; nil for none.
  /// - Parameter progress: Called for every picture; it returns whether to go on.
  /// - Throws: `FileError` when there are too many for the memory; `ResourceError` when the machine is at fault; `CancellationError` where it shall not go on.
  init(
    _ source: DataSource, _ backbone: Backbone?, readAhead: ReadAhead,
    progress: (_ done: Int, _ total: Int) -> Bool
  ) throws {
    let splits = DataSource.Split.allCases.compactMap { split in source.splits[split].map { (split, $0) } }
    let total = splits.reduce(0) { $0 + $1.1.count }
    let featureCount = backbone?.origin.count ?? 0
    let memory =
      total * Self.memoryPerPicture(featureCount: featureCount, classCount: source.classNames.count)
    guard memory <= MemoryBudget.available else {
      throw FileError(
        source.path, "\(MemorySize.shortage(need: memory, available: MemoryBudget.available))",
        advice: "Audit a part of it")
    }
    gray.reserveCapacity(total * Self.side * Self.side)
    features.reserveCapacity(total * featureCount)
    var done = 0
    for (split, dataset) in splits {
      let stored = StoredSamples(dataset)
      let read = { @Sendable index in try Self.read(index, of: dataset, stored, backbone) }
      try readAhead.inOrder(dataset.count, chunk: Self.chunk, compute: read) { index, result in
        done += 1
        guard progress(done, total) else { throw CancellationError() }
        switch result {
        case .failure(let failure): failures.append(failure)
        case .success(let values):
          pictures.append(
            AuditedPicture(index, of: dataset, split, values.details, deviation: values.deviation))
          gray += values.gray
          features += values.features
        }
      }
    }
  }

  /// The memory that a picture usually takes at most in all of an audit, in bytes. A very long name takes more.
  package static func memoryPerPicture(featureCount: Int, classCount: Int) -> Int {
    let hasFeatures = featureCount > 0
    // The features themselves, of length 1, packed for the search, and as the samples of the heads.
    let features = 4 * MemoryLayout<Float>.stride * featureCount
    let probabilities = hasFeatures ? MemoryLayout<Double>.stride * classCount : 0
    return AuditedPicture.memory + side * side + CopySearch.memoryPerPicture(hasFeatures: hasFeatures)
      + features + probabilities
  }

  private static func read(
    _ index: Int, of dataset: any Dataset, _ stored: StoredSamples, _ backbone: Backbone?
  ) throws -> Result<Values, SampleFailure> {
    let shape = dataset.preprocessing
    var pixels = [UInt8](repeating: 0, count: shape.sampleSize)
    do {
      let details = try pixels.withUnsafeMutableBytes { try stored.examine(index, into: $0) }
      var features = [Float](repeating: 0, count: backbone?.origin.count ?? 0)
      backbone?.compute(pixels, into: &features)
      let (small, deviation) = small(pixels, shape)
      return .success(Values(details: details, deviation: deviation, gray: small, features: features))
    } catch let error where !(error is ResourceError) {
      let text = (error as? FileError)?.problem ?? (error as? any ErrorWithText)?.text ?? "\("\(error)")"
      return .failure(SampleFailure(index: index, name: dataset.name(at: index), reason: text))
    }
  }

  /// The picture in small and gray, and the deviation of its brightness at its full size.
  private static func small(_ pixels: [UInt8], _ shape: Preprocessing) -> (pixels: [UInt8], deviation: Double)
  {
    let gray = shape.channels == 3 ? luma(pixels) : pixels
    let sum = gray.reduce(0) { $0 + Int($1) }
    let squares = gray.reduce(0) { $0 + Int($1) * Int($1) }
    let mean = Double(sum) / Double(gray.count)
    let scaler = ImageDecoder(Preprocessing(height: side, width: side))
    let small = gray.withUnsafeBufferPointer { scaler.scale($0, width: shape.width, height: shape.height) }
    return (small, max(0, Double(squares) / Double(gray.count) - mean * mean).squareRoot())
  }

  /// The luma of BT.601, in 256ths.
  private static func luma(_ pixels: [UInt8]) -> [UInt8] {
    (0..<pixels.count / 3).map { place in
      let (red, green, blue) = (
        Int(pixels[3 * place]), Int(pixels[3 * place + 1]), Int(pixels[3 * place + 2])
      )
      let sum: Int = 77 * red + 150 * green + 29 * blue
      return UInt8(sum >> 8)
    }
  }
}
