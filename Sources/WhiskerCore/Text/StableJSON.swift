import FoundationEssentials

/// Reproducible JSON: equal values give equal bytes.
package enum StableJSON {
  /// A value on one line with sorted keys.
  package static func line(_ value: some Encodable) throws -> String { try encode(value, []) }

  /// A value on indented lines with sorted keys and a final line feed.
  package static func page(_ value: some Encodable) throws -> String {
    try encode(value, .prettyPrinted) + "\n"
  }

  /// Decodes a value from JSON text.
  package static func decode<Value: Decodable>(_ type: Value.Type, from text: String) throws -> Value {
    try JSONDecoder().decode(type, from: Data(text.utf8))
  }

  private static func encode(_ value: some Encodable, _ extra: JSONEncoder.OutputFormatting) throws -> String
  {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, extra]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }
}
