/// The options of a layer in JSON. Options that the layer's kind does not read are refused.
package final class LayerOptions {
  struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.init(stringValue) }
    init?(intValue: Int) { nil }
  }

  private let container: KeyedDecodingContainer<Key>
  private(set) var known: Set<String>

  init(_ container: KeyedDecodingContainer<Key>, known: Set<String>) {
    (self.container, self.known) = (container, known)
  }

  /// A required option.
  package func value<Value: Decodable>(_ name: String, as type: Value.Type = Value.self) throws -> Value {
    known.insert(name)
    return try container.decode(type, forKey: Key(name))
  }

  /// An option that can be left out.
  package func optional<Value: Decodable>(_ name: String, as type: Value.Type = Value.self) throws -> Value? {
    known.insert(name)
    return try container.decodeIfPresent(type, forKey: Key(name))
  }

  /// An option with a default.
  package func value<Value: Decodable>(_ name: String, default usual: Value) throws -> Value {
    try optional(name) ?? usual
  }

  /// The first option that is there and was not read.
  var unknown: String? { container.allKeys.map(\.stringValue).filter { !known.contains($0) }.min() }
}

/// The options of a layer as they are written to JSON.
package struct LayerOptionsWriter {
  var container: KeyedEncodingContainer<LayerOptions.Key>

  /// Writes an option; nil is left out.
  package mutating func set(_ name: String, _ value: (some Encodable)?) throws {
    try container.encodeIfPresent(value, forKey: .init(name))
  }

  /// Writes an option that is not the default.
  package mutating func set<Value: Encodable & Equatable>(_ name: String, _ value: Value, unless usual: Value)
    throws
  {
    if value != usual { try container.encode(value, forKey: .init(name)) }
  }
}
