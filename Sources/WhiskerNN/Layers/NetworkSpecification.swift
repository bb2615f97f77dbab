import FoundationEssentials
import WhiskerCore

/// A network as data: an ordered list of layers. The final softmax is implied.
public struct NetworkSpecification: Sendable, Equatable, Codable {
  /// The layers, from the picture to the logits.
  public var layers: [LayerSpecification]

  /// The maximum number of weights and biases of a network.
  public static let parameterLimit = 1 << 28
  /// The maximum number of values in the output of a layer, per sample.
  public static let featureLimit = 1 << 28
  /// The maximum number of layers, including those inside residual blocks.
  public static let layerLimit = 1024

  public init(layers: [LayerSpecification]) { self.layers = layers }

  /// Decodes a network from JSON such as `{"layers": [{"type": "flatten"}, {"type": "dense"}]}`.
  /// - Throws: `NetworkError` with the position and the layer.
  public init(json: [UInt8]) throws {
    do {
      self = try JSONDecoder().decode(NetworkSpecification.self, from: Data(json))
    } catch let error as DecodingError {
      throw NetworkError(Self.explain(error, in: json))
    }
  }

  /// The network as JSON. Equal networks give equal bytes.
  public var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Cannot fail: only NaN and infinity are not encodable, and rates are validated before.
    return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
  }

  /// The output shape of every layer, in order.
  /// - Throws: `NetworkError` when a layer does not accept its input shape, when the last layer does not output one value per
  ///   class, or when the network exceeds a limit.
  public func shapes(input: FeatureShape, classCount: Int) throws(NetworkError) -> [FeatureShape] {
    guard !layers.isEmpty else { throw NetworkError("the network has no layers") }
    guard layers.reduce(0, { $0 + $1.layerCount }) <= Self.layerLimit else {
      throw NetworkError("the network has more than \(Self.layerLimit) layers")
    }
    var shapes: [FeatureShape] = []
    var parameters = 0
    for (index, layer) in layers.enumerated() {
      let before = shapes.last ?? input
      let after = try Self.locate(index, layer) { () throws(NetworkError) in
        let after = try layer.output(of: before, classCount: classCount)
        guard after.count <= Self.featureLimit else {
          throw NetworkError("outputs more than \(Self.featureLimit) values")
        }
        return after
      }
      parameters += layer.parameterCount(input: before, output: after, classCount: classCount)
      guard parameters <= Self.parameterLimit else {
        throw NetworkError(
          "layer \(index + 1) (\(layer)) brings the network over the limit of \(Self.parameterLimit) parameters"
        )
      }
      shapes.append(after)
    }
    guard layers.last?.kind.isClassifier ?? false, shapes.last == .vector(classCount) else {
      throw NetworkError(
        "the last layer must be dense with \(classCount) units, one per class")
    }
    return shapes
  }

  /// The number of outputs: that of the last layer, or if it has one per class, what `count` returns.
  /// - Parameter count: Receives the number of features before the last layer; it is not called if they are a map.
  /// - Throws: `NetworkError` when a layer does not accept its input shape.
  package func outputCount(
    input: FeatureShape, _ count: (_ features: Int) -> Int?
  ) throws(NetworkError) -> Int? {
    var shape = input
    for (index, layer) in layers.dropLast().enumerated() {
      shape = try Self.locate(index, layer) { () throws(NetworkError) in
        try layer.output(of: shape, classCount: 1)
      }
    }
    guard let last = layers.last, case .vector(let features) = shape else { return nil }
    let (one, two) = (
      try last.output(of: shape, classCount: 1), try last.output(of: shape, classCount: 2)
    )
    return one == two ? one.count : count(features)
  }

  /// The rates of the dropout layers, in order.
  public var dropoutRates: [Double] { layers.flatMap(\.dropoutRates) }

  /// The number of consecutive samples of a batch that share a mask. A batch is divided among processes in multiples of it.
  public var samplesPerMask: Int {
    layers.map(\.kind.samplesPerMask).max() ?? 1
  }

  /// The same network with other dropout rates: one for all dropout layers, or one for each in order.
  /// - Throws: `NetworkError` when the number of rates does not match, or a rate is out of range.
  public func withDropout(_ rates: [Double]) throws(NetworkError) -> NetworkSpecification {
    let count = dropoutRates.count
    guard count > 0 else { throw NetworkError("the network has no dropout layer") }
    guard rates.count == 1 || rates.count == count else {
      throw NetworkError("\(rates.count) rates are given, but the network has \(count) dropout layers")
    }
    if let wrong = rates.first(where: { !($0 >= 0 && $0 <= LayerSpecification.rateLimit) }) {
      throw NetworkError("the rate \(wrong) is not between 0 and \(LayerSpecification.rateLimit)")
    }
    var rest = (rates.count == 1 ? Array(repeating: rates[0], count: count) : rates)[...]
    var changed = self
    changed.layers = layers.map { $0.withDropoutRates(&rest) }
    return changed
  }

  private static func locate(
    _ index: Int, _ layer: LayerSpecification, _ body: () throws(NetworkError) -> FeatureShape
  ) throws(NetworkError) -> FeatureShape {
    do {
      return try body()
    } catch {
      throw NetworkError("layer \(index + 1) (\(layer)) \(error)")
    }
  }

  private static func explain(_ error: DecodingError, in json: [UInt8]) -> String {
    if let problem = JSONPlace.problem(in: json) { return "\(problem.place): \(problem.text)" }
    let (context, missing): (DecodingError.Context, String?) =
      switch error {
      case .keyNotFound(let key, let context): (context, "\"\(key.stringValue)\" is missing")
      case .typeMismatch(let type, let context): (context, "a value is not of the type \(type)")
      case .valueNotFound(_, let context): (context, "a value is null")
      case .dataCorrupted(let context): (context, nil)
      @unknown default: (.init(codingPath: [], debugDescription: "\(error)"), nil)
      }
    let place = JSONPlace.of(context.codingPath, in: json).map { "\($0): " } ?? ""
    let layer = context.codingPath.compactMap(\.intValue).first.map { "layer \($0 + 1): " } ?? ""
    return place + layer + (missing ?? context.debugDescription)
  }
}
