import FoundationEssentials

/// The safetensors format: a length, a JSON header that names and places every tensor, and their bytes.
/// Specification: https://github.com/huggingface/safetensors#format
public enum Safetensors {
  /// The element types that Whisker reads and writes.
  public enum ElementType: String, Codable, Sendable {
    /// Floating-point numbers of four bytes.
    case float32 = "F32"
    /// Signed integers of four bytes.
    case int32 = "I32"
    /// Bytes.
    case uint8 = "U8"

    /// The bytes of one element.
    public var size: Int { self == .uint8 ? 1 : 4 }
  }

  /// The largest header that is read, in bytes: some hundred thousand tensors' room. The reference implementation allows
  /// 100 MB, which would take half a minute to read.
  static let headerLimit = 8 << 20
  /// The most dimensions of a tensor.
  static let rankLimit = 8

  struct Entry: Codable {
    var dtype: ElementType
    var shape: [Int]
    var data_offsets: [Int]
  }

  /// A type of elements that the format has and Whisker has no use for.
  struct UnknownElementType: Error {
    let tensor: String
    let name: String
  }

  struct Name: CodingKey {
    static let metadata = Name(stringValue: "__metadata__")
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  struct Header: Codable {
    var metadata: [String: String] = [:]
    var entries: [String: Entry] = [:]

    init() {}

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Name.self)
      for key in container.allKeys {
        if key.stringValue == Name.metadata.stringValue {
          metadata = try container.decode([String: String].self, forKey: key)
        } else {
          entries[key.stringValue] = try container.decode(Entry.self, forKey: key)
        }
      }
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Name.self)
      if !metadata.isEmpty { try container.encode(metadata, forKey: .metadata) }
      for (name, entry) in entries { try container.encode(entry, forKey: Name(stringValue: name)) }
    }
  }
}

extension Safetensors.Header {
  /// The header as it stands in a file, its length before it. The data behind it starts at a multiple of `alignment`
  /// bytes; the format allows trailing spaces for that.
  func encoded(alignment: Int) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var json = [UInt8](try encoder.encode(self))
    let excess = (8 + json.count) % alignment
    json += [UInt8](repeating: UInt8(ascii: " "), count: excess == 0 ? 0 : alignment - excess)
    return (0..<8).map { UInt8(truncatingIfNeeded: UInt64(json.count) >> (8 * UInt64($0))) } + json
  }
}

extension Safetensors.Entry {
  init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    let name = try values.decode(String.self, forKey: .dtype)
    guard let type = Safetensors.ElementType(rawValue: name) else {
      throw Safetensors.UnknownElementType(tensor: decoder.codingPath.last?.stringValue ?? "", name: name)
    }
    dtype = type
    shape = try values.decode([Int].self, forKey: .shape)
    data_offsets = try values.decode([Int].self, forKey: .data_offsets)
  }

  private enum CodingKeys: String, CodingKey {
    case dtype, shape, data_offsets
  }
}
