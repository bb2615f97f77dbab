/// One layer of a network, as data.
public enum LayerSpecification: Sendable, Equatable {
  /// A convolution with square kernels, stride 1, without padding.
  case convolution(filters: Int, kernel: Int)
  /// The maximum over windows of `size` x `size`, side by side; what is left over at the edges is dropped.
  case maxPool(size: Int)
  /// max(x, 0)
  case relu
  /// Inverted dropout: a value is zeroed with probability `rate` and otherwise divided by 1 - `rate`, in training
  /// only (Srivastava et al., 2014).
  case dropout(rate: Double)
  /// A map laid out as a vector, in the order channels, height, width.
  case flatten
  /// A fully connected layer. Without `units` it has one unit per class.
  case dense(units: Int?)

  /// The rate of a layer that drops something in training; nil for all others.
  public var dropoutRate: Double? {
    guard case .dropout(let rate) = self else { return nil }
    return rate
  }

  /// The same layer with another rate, where it has one.
  func withDropoutRate(_ rate: Double) -> LayerSpecification {
    guard case .dropout = self else { return self }
    return .dropout(rate: rate)
  }

  /// The largest rate of a dropout layer. The masks decide in steps of 1/65536.
  public static let rateLimit = 0.999

  /// What follows from this layer for a sample of the given shape.
  /// - Throws: `NetworkError` when the layer cannot take that shape, or a number is out of range.
  func output(of input: FeatureShape, classCount: Int) throws(NetworkError) -> FeatureShape {
    switch (self, input) {
    case (.convolution(let filters, let kernel), .map(_, let height, let width)):
      guard filters > 0, kernel > 0 else {
        throw NetworkError("needs at least one filter and a kernel of at least 1")
      }
      guard kernel <= height, kernel <= width else {
        throw NetworkError("has a kernel of \(kernel)x\(kernel), which does not fit into \(width)x\(height)")
      }
      return .map(channels: filters, height: height - kernel + 1, width: width - kernel + 1)
    case (.maxPool(let size), .map(let channels, let height, let width)):
      guard size > 0, size <= height, size <= width else {
        throw NetworkError("has windows of \(size)x\(size), which do not fit into \(width)x\(height)")
      }
      return .map(channels: channels, height: height / size, width: width / size)
    case (.dropout(let rate), _):
      guard rate >= 0, rate <= Self.rateLimit else {
        throw NetworkError("has the rate \(rate), which is not between 0 and \(Self.rateLimit)")
      }
      return input
    case (.relu, _):
      return input
    case (.flatten, _):
      return .vector(input.count)
    case (.dense(let units), .vector):
      guard units ?? classCount > 0 else { throw NetworkError("needs at least one unit") }
      return .vector(units ?? classCount)
    case (.convolution, .vector), (.maxPool, .vector):
      throw NetworkError("needs a feature map, but a flatten or dense layer comes before it")
    case (.dense, .map):
      throw NetworkError("needs a vector: put a flatten layer before it")
    }
  }

  /// The number of weights and biases.
  public func parameterCount(input: FeatureShape, output: FeatureShape) -> Int {
    switch (self, input, output) {
    case (.convolution(let filters, let kernel), .map(let channels, _, _), _):
      filters * (channels * kernel * kernel + 1)
    case (.dense, _, _):
      output.count * (input.count + 1)
    default: 0
    }
  }
}

extension LayerSpecification: CustomStringConvertible {
  /// The layer in a few words: "convolution 32 3x3", "dropout 0.25".
  public var description: String {
    switch self {
    case .convolution(let filters, let kernel): "convolution \(filters) \(kernel)x\(kernel)"
    case .maxPool(let size): "max-pool \(size)x\(size)"
    case .relu: "ReLU"
    case .dropout(let rate): "dropout \(rate)"
    case .flatten: "flatten"
    case .dense(let units): units.map { "dense \($0)" } ?? "dense (one per class)"
    }
  }
}

extension LayerSpecification: Codable {
  private enum Kind: String, Codable, CaseIterable {
    case convolution, maxPool = "max_pool", relu, dropout, flatten, dense

    var options: Set<String> {
      switch self {
      case .convolution: ["filters", "kernel"]
      case .maxPool: ["size"]
      case .dropout: ["rate"]
      case .dense: ["units"]
      case .relu, .flatten: []
      }
    }
  }

  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.init(stringValue) }
    init?(intValue: Int) { nil }
  }

  /// Reads a layer such as `{"type": "convolution", "filters": 32, "kernel": 3}`.
  /// - Throws: `DecodingError` for an unknown type, and for an option that the type does not have.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    let name = try values.decode(String.self, forKey: Key("type"))
    guard let kind = Kind(rawValue: name) else {
      let known = Kind.allCases.map(\.rawValue).joined(separator: ", ")
      throw Self.corrupted(decoder, "no layer is of the type \"\(name)\"; there are \(known)")
    }
    if let unknown = values.allKeys.map(\.stringValue).first(where: {
      $0 != "type" && !kind.options.contains($0)
    }) {
      throw Self.corrupted(decoder, "a \(name) layer has no option \"\(unknown)\"")
    }
    switch kind {
    case .convolution:
      self = .convolution(
        filters: try values.decode(Int.self, forKey: Key("filters")),
        kernel: try values.decode(Int.self, forKey: Key("kernel")))
    case .maxPool: self = .maxPool(size: try values.decode(Int.self, forKey: Key("size")))
    case .relu: self = .relu
    case .dropout: self = .dropout(rate: try values.decode(Double.self, forKey: Key("rate")))
    case .flatten: self = .flatten
    case .dense: self = .dense(units: try values.decodeIfPresent(Int.self, forKey: Key("units")))
    }
  }

  /// Writes the layer as an object with its type and options.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(kind, forKey: Key("type"))
    switch self {
    case .convolution(let filters, let kernel):
      try values.encode(filters, forKey: Key("filters"))
      try values.encode(kernel, forKey: Key("kernel"))
    case .maxPool(let size): try values.encode(size, forKey: Key("size"))
    case .dropout(let rate): try values.encode(rate, forKey: Key("rate"))
    case .dense(let units): try values.encodeIfPresent(units, forKey: Key("units"))
    case .relu, .flatten: break
    }
  }

  private var kind: Kind {
    switch self {
    case .convolution: .convolution
    case .maxPool: .maxPool
    case .relu: .relu
    case .dropout: .dropout
    case .flatten: .flatten
    case .dense: .dense
    }
  }

  private static func corrupted(_ decoder: any Decoder, _ text: String) -> DecodingError {
    .dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: text))
  }
}
