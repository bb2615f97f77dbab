import WhiskerTensor

/// What the metadata of a tensor cache says.
package struct CacheManifest: Sendable {
  /// The rows of one part of the data set.
  struct Part: Sendable, Codable, Equatable {
    let part: DataSource.Part
    /// The samples of the part in all shards together, those that could not be read included.
    let total: Int
    /// The index in the part of the first sample of this file.
    let first: Int
    /// The samples of this file, those that could not be read included.
    let listed: Int
    /// How many of them have a row. The rows of the parts follow each other.
    var rows: Int
  }

  let classNames: [String]
  let preprocessing: Preprocessing
  let origin: CacheOrigin
  let shard: Shard
  var parts: [Part]

  /// The rows of all parts.
  var rows: Int { parts.reduce(0) { $0 + $1.rows } }

  static let version = "2"
  /// The most classes, which are all named in the metadata.
  static let classLimit = 100_000

  enum Key {
    static let version = "whisker.cache"
    static let classes = "whisker.classes"
    static let preprocessing = "whisker.preprocessing"
    static let origin = "whisker.origin"
    static let shard = "whisker.shard"
    static let parts = "whisker.parts"
    static let checksum = "whisker.checksum"
  }

  /// The metadata, all but the checksum.
  func metadata() throws -> [String: String] {
    [
      Key.version: Self.version,
      Key.classes: try StableJSON.line(classNames),
      Key.preprocessing: try StableJSON.line(preprocessing),
      Key.origin: try StableJSON.line(origin),
      Key.shard: try StableJSON.line(shard),
      Key.parts: try StableJSON.line(parts),
    ]
  }

  /// The checksum of the metadata and of the blocks' checksums: whatever else is damaged, these are not.
  package static func checksum(metadata: [String: String], blocks: UnsafeRawBufferPointer) -> String {
    let keys = metadata.keys.filter { $0 != Key.checksum }.sorted()
    let text = keys.map { "\($0)=\(metadata[$0] ?? "")\n" }.joined()
    let sum = Array(text.utf8).withUnsafeBytes { CRC32.of($0, after: CRC32.of(blocks)) }
    return withUnsafeBytes(of: sum.bigEndian) { $0.map(hexadecimal).joined() }
  }
}

extension CacheManifest {
  /// Reads the metadata of the cache at `path`.
  /// - Throws: `FileError` when they are not those of a cache, or do not make sense.
  init(_ metadata: [String: String], path: String) throws {
    guard let version = metadata[Key.version] else {
      let kind =
        metadata["whisker.format"] != nil
        ? "a model" : "a safetensors file, but not a cache that Whisker made"
      throw FileError(path, "is \(kind), not a data set")
    }
    guard version == Self.version else {
      throw FileError(
        path,
        "has the cache format \(printable(Array(version.utf8))), and this Whisker reads \(Self.version)",
        advice: "Make it again with whisker preprocess")
    }
    func value<Value: Decodable>(_ key: String) throws -> Value {
      guard let text = metadata[key], let value = try? StableJSON.decode(Value.self, from: text) else {
        throw FileError(path, "is damaged: its \(key) cannot be read", advice: "Make it again")
      }
      return value
    }
    classNames = try value(Key.classes)
    preprocessing = try value(Key.preprocessing)
    origin = try value(Key.origin)
    shard = try value(Key.shard)
    parts = try value(Key.parts)
    guard isSensible else {
      throw FileError(path, "is damaged: its metadata make no sense", advice: "Make it again")
    }
  }

  /// Whether a cache with these metadata can be read again.
  var isSensible: Bool {
    let names = parts.map(\.part)
    return !classNames.isEmpty && classNames.count <= Self.classLimit
      && Set(classNames).count == classNames.count && classNames.allSatisfy(isPrintable)
      && !parts.isEmpty && names == DataSource.Part.allCases.filter(names.contains)
      && parts.allSatisfy(\.isSensible)
  }
}

extension CacheManifest.Part {
  fileprivate var isSensible: Bool {
    (0...Int(SampleIndex.max)).contains(total) && (0...total).contains(first)
      && (0...total - first).contains(listed)
      && (0...listed).contains(rows)
  }
}
