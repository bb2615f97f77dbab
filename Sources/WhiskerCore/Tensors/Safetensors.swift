import FoundationEssentials

/// The safetensors format: the header's length, a JSON header with the name and offsets of every tensor, and their bytes.
/// Specification: https://github.com/huggingface/safetensors#format
public enum Safetensors {
  /// The element types that Whisker reads and writes.
  public enum ElementType: String, Codable, Sendable {
    /// 32-bit floating-point numbers.
    case float32 = "F32"
    /// 32-bit signed integers.
    case int32 = "I32"
    /// 64-bit signed integers, such as the counts of PyTorch's batch norms.
    case int64 = "I64"
    /// 8-bit unsigned integers.
    case uint8 = "U8"

    /// The size of one element in bytes.
    public var size: Int {
      switch self {
      case .uint8: 1
      case .float32, .int32: 4
      case .int64: 8
      }
    }
  }

  /// The size limit of the header in bytes, enough for some hundred thousand tensors. The reference implementation allows
  /// 100 MB, which would take half a minute to parse.
  static let headerLimit = 8 << 20
  /// The maximum number of dimensions of a tensor.
  static let rankLimit = 8

  struct Entry: Codable {
    var dtype: ElementType
    var shape: [Int]
    var data_offsets: [Int]
  }

  /// An element type of the format that Whisker does not support.
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
  /// The bytes of the header in a file, preceded by its length. Trailing spaces, which the format allows, make the data
  /// after it start at a multiple of `alignment` bytes.
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
