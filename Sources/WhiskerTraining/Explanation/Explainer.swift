import WhiskerCore
import WhiskerData
import WhiskerNN

/// Predicts the classes of pictures, with a heat map of what speaks for the class, in order and in memory that does not depend on
/// their number.
public final class Explainer {
  /// The result for one picture.
  public struct Answer: Sendable {
    /// The picture's path, in printable characters.
    public let path: String
    /// The explanation, or why the picture could not be read.
    public let result: Result<Explanation, FileError>

    package init(path: String, result: Result<Explanation, FileError>) {
      (self.path, self.result) = (path, result)
    }
  }

  /// The prediction for a picture, and the heat map of a class.
  public struct Explanation: Sendable {
    /// The prediction, as `Predictor` gives it.
    public let prediction: Prediction
    /// The class that the map speaks for.
    public let label: Int
    /// The heat map.
    public let heatMap: ClassHeatMap
    /// The picture.
    package let picture: ShownPicture
  }

  /// The longest side of the pictures that come with the maps, in pixels.
  private static let side = 448
  /// The most pictures that a worker decodes at a time.
  private static let chunkLimit = 4
  /// The memory of the pictures that are decoded ahead and of their activations, in bytes.
  private static let memoryLimit = 256 << 20

  private struct Decoded: Sendable {
    let path: String
    let picture: Result<ShownPicture, FileError>
    let activations: [[Float]]
  }

  private let heatMaps: HeatMaps
  private let predictor: Predictor
  /// The class of the maps; nil for the predicted one.
  private let label: Int?
  /// The pictures that a worker decodes at a time, and the number of such chunks that are decoded ahead.
  private let (chunk, depth): (Int, Int)

  /// Explains by the maps of a model.
  /// - Parameter predictor: The predictor of the same model, whose workers decode.
  /// - Parameter label: The class of the maps; nil for the predicted one.
  public init(_ heatMaps: HeatMaps, _ predictor: Predictor, label: Int? = nil) {
    (self.heatMaps, self.predictor, self.label) = (heatMaps, predictor, label)
    let size =
      heatMaps.activations.size + 3 * Self.side * Self.side + heatMaps.preprocessing.sampleSize
    let count = max(1, Self.memoryLimit / size)
    depth = min(predictor.readAhead.depth, count)
    chunk = min(Self.chunkLimit, count / depth)
  }

  /// Explains pictures in order, while the list of pictures may still be growing.
  /// - Parameter shouldStop: Called every few pictures, and while the list is awaited.
  /// - Throws: What `answer` throws; `CancellationError` when it was stopped; `FileError` when a list of pictures cannot be read, or
  ///   the model is damaged; `ResourceError` when the machine is at fault.
  public func explain(
    _ pictures: PictureStream, shouldStop: () -> Bool = { false }, _ answer: (Answer) throws -> Void
  ) throws {
    let (decoder, layers) = (predictor.decoder, heatMaps.activations)
    let queue = OrderedTaskQueue<[Decoded]>(workers: predictor.readAhead.workers)
    var size = 1
    var hasEnded = false
    repeat {
      guard !shouldStop() else { throw CancellationError() }
      while !hasEnded, queue.pending < depth {
        guard let some = try pictures.next(upTo: size, waits: queue.pending == 0 && !shouldStop()) else {
          hasEnded = true
          break
        }
        guard !some.isEmpty else { break }
        queue.add {
          try some.map { picture in
            try Self.decode(picture.name, layers) { try picture.show(by: decoder, side: Self.side) }
          }
        }
        size = min(2 * size, chunk)
      }
      if let decoded = try queue.next() { try explain(decoded, answer) }
    } while !hasEnded || queue.pending > 0
  }

  /// Explains the samples of a dataset in order. They have the model's preprocessing.
  /// - Parameter shouldStop: Called for every sample.
  /// - Throws: What `answer` throws; `CancellationError` when it was stopped; `FileError` when the model is damaged; `ResourceError`
  ///   when the machine is at fault.
  public func explain(
    _ dataset: any Dataset, shouldStop: () -> Bool = { false }, _ answer: (Answer) throws -> Void
  ) throws {
    let (preprocessing, layers) = (heatMaps.preprocessing, heatMaps.activations)
    precondition(dataset.preprocessing == preprocessing, "the samples are what the model was trained on")
    let decode = { @Sendable index in
      try Self.decode(dataset.name(at: index), layers) {
        ShownPicture(try dataset.sample(at: index), of: preprocessing)
      }
    }
    let readAhead = ReadAhead(workers: predictor.readAhead.workers, depth: depth)
    try readAhead.inOrder(dataset.count, chunk: chunk, compute: decode) {
      guard !shouldStop() else { throw CancellationError() }
      try explain([$1], answer)
    }
  }

  private static func decode(
    _ path: String, _ layers: HeatMaps.Layers, _ read: () throws -> ShownPicture
  ) throws -> Decoded {
    do {
      let picture = try read()
      return Decoded(
        path: path, picture: .success(picture), activations: layers.compute(picture.sample))
    } catch let error as FileError {
      return Decoded(path: path, picture: .failure(error), activations: [])
    }
  }

  private func explain(_ decoded: [Decoded], _ answer: (Answer) throws -> Void) throws {
    var rest = decoded[...]
    try predictor.predict(decoded.map { ($0.path, $0.picture.map(\.sample)) }) { predicted in
      // There is an answer for each picture, in order.
      guard let own = rest.popFirst() else { return }
      let result = predicted.result.flatMap { prediction in
        own.picture.map { picture in
          let label = label ?? prediction.top(1)[0]
          return Explanation(
            prediction: prediction, label: label, heatMap: heatMaps.heatMap(own.activations, for: label),
            picture: picture)
        }
      }
      try answer(Answer(path: own.path, result: result))
    }
  }
}
