/// One layer of a network, as data.
public struct LayerSpecification: Sendable {
  package var kind: any LayerKind
  /// Whether training changes the parameters of the layer and of the layers inside it.
  public var isTrainable = true

  /// The names of the kinds in JSON.
  public static let types = kinds.map { $0.type }

  package init(_ kind: any LayerKind, isTrainable: Bool = true) {
    (self.kind, self.isTrainable) = (kind, isTrainable)
  }

  /// The largest dropout rate. Masks have a resolution of 1/65536.
  public static let rateLimit = 0.999

  /// The dropout rate; nil for a layer without one.
  public var dropoutRate: Double? { kind.dropoutRate }

  /// The number of parameters, including those of the layers inside.
  package func parameterCount(input: FeatureShape, output: FeatureShape, classCount: Int) -> Int {
    let own = kind.tensors(input: input, output: output).reduce(0) { $0 + ($1.isBuffer ? 0 : $1.count) }
    return kind.branches.reduce(own) {
      $0 + LayerSequence.parameterCount(of: $1.layers, input: input, classCount: classCount)
    }
  }

  /// The largest size that an option may have.
  private static let sizeLimit = 1 << 20

  /// The shape of the output for a sample of the given shape.
  /// - Throws: `NetworkError` when the layer cannot take that shape, or an option is out of range.
  package func output(of input: FeatureShape, classCount: Int) throws(NetworkError) -> FeatureShape {
    guard kind.sizes.allSatisfy({ $0 <= Self.sizeLimit }) else {
      throw NetworkError("has a number over \(Self.sizeLimit)")
    }
    guard (0...Self.rateLimit).contains(dropoutRate ?? 0) else {
      throw NetworkError("has a rate that is not between 0 and \(Self.rateLimit)")
    }
    return try kind.output(of: input, classCount: classCount)
  }
}

extension LayerSpecification: Equatable {
  public static func == (one: LayerSpecification, other: LayerSpecification) -> Bool {
    one.hasSameKind(as: other) && one.isTrainable == other.isTrainable
  }

  /// Whether it computes the same as another layer.
  func hasSameKind(as other: LayerSpecification) -> Bool {
    func isEqual<Kind: LayerKind>(_ kind: Kind) -> Bool { other.kind as? Kind == kind }
    return isEqual(kind)
  }
}

extension LayerSpecification: CustomStringConvertible {
  /// A short description: "convolution 32 3x3", "dropout 0.25".
  public var description: String { kind.description }
}

extension LayerSpecification: Codable {
  /// Reads a layer such as `{"type": "convolution", "filters": 32, "kernel": 3}`.
  /// - Throws: `DecodingError` for an unknown type, and for an option that the type does not have.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: LayerOptions.Key.self)
    let name = try container.decode(String.self, forKey: .init("type"))
    guard let kind = Self.kinds.first(where: { $0.type == name }) else {
      throw Self.corrupted(
        decoder, "unknown layer type \"\(name)\"; choose from \(Self.types.joined(separator: ", "))")
    }
    let options = LayerOptions(container, known: ["type", "trainable"])
    isTrainable = try options.value("trainable", default: true)
    do {
      self.kind = try kind.init(from: options)
    } catch let error as NetworkError {
      throw Self.corrupted(decoder, "\(error)")
    }
    if let unknown = options.unknown {
      throw Self.corrupted(decoder, "a \(name) layer has no option \"\(unknown)\"")
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var writer = LayerOptionsWriter(container: encoder.container(keyedBy: LayerOptions.Key.self))
    try writer.set("type", Swift.type(of: kind).type)
    try writer.set("trainable", isTrainable, unless: true)
    try kind.write(to: &writer)
  }

  private static func corrupted(_ decoder: any Decoder, _ problem: String) -> DecodingError {
    .dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: problem))
  }
}

extension LayerSpecification {
  /// The rates of the layer and of those inside it, depth first.
  var dropoutRates: [Double] {
    (dropoutRate.map { [$0] } ?? []) + kind.branches.flatMap { $0.layers.flatMap(\.dropoutRates) }
  }

  /// The layer with the next of some rates, and those inside it with the ones that follow.
  func withDropoutRates(_ rates: inout ArraySlice<Double>) -> LayerSpecification {
    var layer = self
    if dropoutRate != nil, let rate = rates.popFirst() { layer.kind = kind.withDropoutRate(rate) }
    let branches = kind.branches
    guard !branches.isEmpty else { return layer }
    layer.kind = layer.kind.withBranches(branches.map { $0.layers.map { $0.withDropoutRates(&rates) } })
    return layer
  }
}
