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
    let size = Self.batchSize
    let decoder = decoder
    let prefetcher = Prefetcher(
      count: (pictures.count + size - 1) / size, lanes: lanes.count, depth: lanes.depth
    ) { position in
      try pictures[position * size..<min((position + 1) * size, pictures.count)].map { picture in
        (picture.name, try Self.decode(picture, decoder))
      }
    }
    while let decoded = try prefetcher.next() {
      let readable = decoded.compactMap { try? $0.1.get() }
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
  private static func decode(
    _ picture: PictureFile, _ decoder: ImageDecoder
  ) throws -> Result<[UInt8], FileError> {
    do {
      return .success(try picture.decode(decoder))
    } catch let error as FileError {
      return .failure(error)
    }
  }
}
