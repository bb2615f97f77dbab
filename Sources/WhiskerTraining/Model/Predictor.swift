import WhiskerData
import WhiskerNN
import WhiskerCore

/// Predicts the classes of pictures. The probabilities have the model's temperature; those of Monte-Carlo dropout, for which it was
/// not fitted, have none.
public final class Predictor {
  /// The result for one picture.
  public struct Answer: Sendable {
    /// The picture's path, in printable characters.
    public let path: String
    /// The prediction, or why the picture could not be read.
    public let result: Result<Prediction, FileError>

    package init(path: String, result: Result<Prediction, FileError>) {
      (self.path, self.result) = (path, result)
    }
  }

  /// Monte-Carlo dropout: many passes with dropout on, instead of one without.
  public struct Sampling: Sendable {
    /// The passes of every picture, at least 1.
    public let passes: Int
    /// Decides what is dropped, together with the pass and the picture's pixels, and independent of the other pictures.
    public let seed: UInt64

    /// So many passes of every picture.
    public init(passes: Int, seed: UInt64) {
      precondition(passes > 0, "at least one pass")
      (self.passes, self.seed) = (passes, seed)
    }
  }

  /// The number of pictures per batch.
  public static let batchSize = 64

  typealias Decoded = (name: String, sample: Result<[UInt8], FileError>)

  private let model: Model
  private let network: any Classifier
  let decoder: ImageDecoder
  let readAhead: ReadAhead
  let communicator: any Communicator
  private let sampling: Sampling?

  /// Predicts with `model`, decoding on `workers`.
  /// - Parameter model: The model.
  /// - Parameter threads: The number of threads that compute.
  /// - Parameter readAhead: The workers and the depth of the read-ahead.
  /// - Parameter maximumPixels: The largest number of pixels in a picture.
  /// - Parameter allowsTruncated: Whether damaged pictures are used as far as they decode.
  /// - Parameter sampling: How to sample; nil for one pass without dropout.
  /// - Parameter communicator: The processes that share the pictures. The first one names the pictures and gets the answers.
  /// - Throws: `FileError` when the model is damaged, or has no dropout to sample with.
  public init(
    _ model: Model, threads: Int = Machine.cores, readAhead: ReadAhead = .init(workers: Machine.cores),
    maximumPixels: Int = ImageDecoder.defaultMaximumPixels, allowsTruncated: Bool = false,
    sampling: Sampling? = nil, communicator: any Communicator = SingleProcess()
  ) throws {
    (self.model, self.readAhead, self.sampling, self.communicator) = (
      model, readAhead, sampling, communicator
    )
    guard sampling == nil || model.specification.drops else {
      throw FileError(model.path, "has no dropout, so that all samples would be the same")
    }
    network = try model.classifier(capacity: Self.batchSize, pool: ComputePool(threads: threads))
    decoder = ImageDecoder(
      model.preprocessing, maximumPixels: maximumPixels, allowsTruncated: allowsTruncated)
  }

  /// Predicts the pictures in order. Answers come as soon as they are known, even if the list of pictures is still growing.
  /// - Throws: What `answer` throws; `FileError` when a list of pictures cannot be read.
  public func predict(_ pictures: PictureStream, _ answer: (Answer) throws -> Void) throws {
    guard communicator.isAlone else { return try predictTogether(pictures, answer) }
    let decoder = decoder
    let queue = OrderedTaskQueue<[Decoded]>(workers: readAhead.workers)
    // The first answers come soon; later ones in full batches.
    var size = 1
    var hasEnded = false
    repeat {
      while !hasEnded, queue.pending < readAhead.depth {
        guard let some = try pictures.next(upTo: size, waits: queue.pending == 0) else {
          hasEnded = true
          break
        }
        guard !some.isEmpty else { break }
        queue.add {
          try some.map { picture in (picture.name, try Self.attempt { try picture.decode(decoder) }) }
        }
        size = min(2 * size, Self.batchSize)
      }
      if let decoded = try queue.next() { try predict(decoded, answer) }
    } while !hasEnded || queue.pending > 0
  }

  /// Predicts the samples of a dataset in order. They have the model's preprocessing.
  /// - Throws: What `answer` throws.
  public func predict(_ dataset: any Dataset, _ answer: (Answer) throws -> Void) throws {
    try predict(SampleSet(dataset), answer)
  }

  /// Predicts samples in order. They have the model's preprocessing.
  /// - Throws: What `answer` throws.
  public func predict(_ samples: SampleSet, _ answer: (Answer) throws -> Void) throws {
    let dataset = samples.dataset
    precondition(
      dataset.preprocessing == model.preprocessing, "the samples are what the model was trained on")
    guard communicator.isAlone else { return try predictTogether(samples, answer) }
    let (size, count) = (Self.batchSize, samples.count)
    let prefetcher = Prefetcher(
      count: (count + size - 1) / size, workers: readAhead.workers, depth: readAhead.depth
    ) { position in
      try samples.indices[position * size..<min((position + 1) * size, count)].map { place in
        let index = Int(place)
        return (dataset.name(at: index), try Self.attempt { try dataset.sample(at: index) })
      }
    }
    while let decoded = try prefetcher.next() { try predict(decoded, answer) }
  }

  func predict(_ decoded: [Decoded], _ answer: (Answer) throws -> Void) throws {
    var predictions = try predictions(decoded.compactMap { try? $0.sample.get() }).makeIterator()
    for (name, sample) in decoded {
      // There is one for each sample.
      let result = sample.flatMap { _ in
        predictions.next().map { .success($0) } ?? .failure(FileError(name, "was not predicted"))
      }
      try answer(Answer(path: name, result: result))
    }
  }

  private func predictions(_ samples: [[UInt8]]) throws -> [Prediction] {
    guard let sampling else {
      return try probabilities(samples.flatMap(\.self), count: samples.count, pass: .inference).map {
        Prediction(probabilities: $0)
      }
    }
    return try samples.map { try sample($0, sampling) }
  }

  /// Every pass is a row. The masks of a row depend on its number alone, and not on the other pictures.
  private func sample(_ pixels: [UInt8], _ sampling: Sampling) throws -> Prediction {
    let picture = pixels.withUnsafeBytes { Fingerprint($0) }.bytes.prefix(4).reduce(UInt32(0)) {
      $0 << 8 | UInt32($1)
    }
    var passes: [[Double]] = []
    while passes.count < sampling.passes {
      let count = min(Self.batchSize, sampling.passes - passes.count)
      let copies = (0..<count).flatMap { _ in pixels }
      passes += try probabilities(
        copies, count: count,
        pass: .sampling(seed: sampling.seed, picture: picture, first: UInt32(passes.count)))
    }
    return Prediction(passes: passes)
  }

  private func probabilities(_ images: [UInt8], count: Int, pass: Pass) throws -> [[Double]] {
    let logits = network.forward(images, count: count, pass: pass)
    return try (0..<count).map { row in
      let values = SoftmaxCrossEntropy.probabilities(
        logits, row: row, classCount: network.classCount, temperature: temperature)
      guard values.allSatisfy(\.isFinite) else {
        throw FileError(model.path, "is damaged: its predictions contain NaN or infinity")
      }
      return values
    }
  }

  private var temperature: Double { sampling == nil ? model.temperature?.temperature ?? 1 : 1 }

  /// - Throws: `ResourceError`, which is not the picture's fault.
  static func attempt(_ read: () throws -> [UInt8]) throws -> Result<[UInt8], FileError> {
    do {
      return .success(try read())
    } catch let error as FileError {
      return .failure(error)
    }
  }
}

extension NetworkSpecification {
  /// Whether a layer has dropout.
  fileprivate var drops: Bool { dropoutRates.contains { $0 > 0 } }
}
