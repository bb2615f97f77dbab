import WhiskerData
import WhiskerNN
import WhiskerTensor

/// Tells the classes of pictures.
public final class Predictor {
  /// What became of one picture.
  public struct Answer: Sendable {
    /// The picture's path, as it can be printed.
    public let path: String
    /// The probability of every class, in the order of the model's; or why the picture could not be read.
    public let result: Result<[Double], FileError>
  }

  /// How many pictures go through the network at once.
  public static let batchSize = 64

  private let model: Model
  private let network: Network
  private let decoder: ImageDecoder
  private let lanes: BatchStream.Lanes

  /// Predicts with `model`, decoding on `lanes`.
  /// - Throws: `FileError` when the model is damaged.
  public init(
    _ model: Model, threads: Int, lanes: BatchStream.Lanes, maximumPixels: Int, allowsTruncated: Bool = false
  ) throws {
    (self.model, self.lanes) = (model, lanes)
    network = try model.network(capacity: Self.batchSize, pool: ComputePool(threads: threads))
    decoder = ImageDecoder(
      model.preprocessing, maximumPixels: maximumPixels, allowsTruncated: allowsTruncated)
  }

  /// Predicts the pictures in order, handing out answers as they come.
  /// - Throws: What `answer` throws.
  public func predict(_ pictures: [PictureFile], _ answer: (Answer) throws -> Void) throws {
    let decoder = decoder
    try predict(count: pictures.count, answer) { index in
      (pictures[index].name, try Self.attempt { try pictures[index].decode(decoder) })
    }
  }

  /// Predicts the samples of a data set in order, which are as the model wants them.
  /// - Throws: What `answer` throws.
  public func predict(_ dataset: any Dataset, _ answer: (Answer) throws -> Void) throws {
    precondition(
      dataset.preprocessing == model.preprocessing, "the samples are what the model was trained on")
    try predict(count: dataset.count, answer) { index in
      (dataset.name(at: index), try Self.attempt { try dataset.sample(at: index) })
    }
  }

  private func predict(
    count: Int, _ answer: (Answer) throws -> Void,
    read: @escaping @Sendable (Int) throws -> (name: String, sample: Result<[UInt8], FileError>)
  ) throws {
    let size = Self.batchSize
    let prefetcher = Prefetcher(
      count: (count + size - 1) / size, lanes: lanes.count, depth: lanes.depth
    ) { position in
      try (position * size..<min((position + 1) * size, count)).map(read)
    }
    while let decoded = try prefetcher.next() {
      let readable = decoded.compactMap { try? $0.sample.get() }
      let logits = network.forward(readable.flatMap(\.self), count: readable.count, pass: .inference)
      var row = 0
      for (name, sample) in decoded {
        let result = sample.map { _ in
          defer { row += 1 }
          return SoftmaxCrossEntropy.probabilities(logits, row: row, classCount: network.classCount)
        }
        try answer(Answer(path: name, result: result))
      }
    }
  }

  /// - Throws: `ResourceError`, which is no picture's fault.
  private static func attempt(_ read: () throws -> [UInt8]) throws -> Result<[UInt8], FileError> {
    do {
      return .success(try read())
    } catch let error as FileError {
      return .failure(error)
    }
  }
}
