extension LayerSpecification: Codable {
  private enum Kind: String, Codable, CaseIterable {
    case convolution, maxPool = "max_pool", relu, dropout, spatialDropout = "spatial_dropout",
      gaussianDropout = "gaussian_dropout", flatten, dense, dropConnect = "drop_connect"

    var options: Set<String> {
      switch self {
      case .convolution: ["filters", "kernel"]
      case .maxPool: ["size"]
      case .dropout, .spatialDropout, .gaussianDropout: ["rate"]
      case .dense: ["units"]
      case .dropConnect: ["units", "rate"]
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
      throw Self.corrupted(decoder, "unknown layer type \"\(name)\"; choose from \(known)")
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
    case .spatialDropout: self = .spatialDropout(rate: try values.decode(Double.self, forKey: Key("rate")))
    case .gaussianDropout: self = .gaussianDropout(rate: try values.decode(Double.self, forKey: Key("rate")))
    case .flatten: self = .flatten
    case .dense: self = .dense(units: try values.decodeIfPresent(Int.self, forKey: Key("units")))
    case .dropConnect:
      self = .dropConnect(
        units: try values.decodeIfPresent(Int.self, forKey: Key("units")),
        rate: try values.decode(Double.self, forKey: Key("rate")))
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
    case .dropout(let rate), .spatialDropout(let rate), .gaussianDropout(let rate):
      try values.encode(rate, forKey: Key("rate"))
    case .dense(let units): try values.encodeIfPresent(units, forKey: Key("units"))
    case .dropConnect(let units, let rate):
      try values.encodeIfPresent(units, forKey: Key("units"))
      try values.encode(rate, forKey: Key("rate"))
    case .relu, .flatten: break
    }
  }

  private var kind: Kind {
    switch self {
    case .convolution: .convolution
    case .maxPool: .maxPool
    case .relu: .relu
    case .dropout: .dropout
    case .spatialDropout: .spatialDropout
    case .gaussianDropout: .gaussianDropout
    case .flatten: .flatten
    case .dense: .dense
    case .dropConnect: .dropConnect
    }
  }

  private static func corrupted(_ decoder: any Decoder, _ text: String) -> DecodingError {
    .dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: text))
  }
}
