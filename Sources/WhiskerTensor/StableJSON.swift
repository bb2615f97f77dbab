import FoundationEssentials

/// JSON that is the same bytes for the same value, and easy to read in a diff.
package enum StableJSON {
  /// A value on one line, keys sorted.
  package static func line(_ value: some Encodable) throws -> String { try encode(value, []) }

  /// A value over many lines, keys sorted, ending with a line feed.
  package static func page(_ value: some Encodable) throws -> String {
    try encode(value, .prettyPrinted) + "\n"
  }

  /// The value that `text` stands for.
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
