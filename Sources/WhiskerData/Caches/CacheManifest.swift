import WhiskerCore

/// The metadata of a tensor cache.
package struct CacheManifest: Sendable {
  /// The rows of one split of the dataset.
  struct SplitRows: Sendable, Codable, Equatable {
    let split: DataSource.Split
    /// The number of samples of the split in all shards together, including those that could not be read.
    let total: Int
    /// The index in the split of the first sample of this file.
    let first: Int
    /// The number of samples of this file, including those that could not be read.
    let listed: Int
    /// The number of them that have a row. The rows of the splits follow each other.
    var rows: Int

    private enum CodingKeys: String, CodingKey {
      case split = "part", total, first, listed, rows
    }
  }

  let classNames: [String]
  let preprocessing: Preprocessing
  let origin: CacheOrigin
  let shard: Shard
  var splits: [SplitRows]

  /// The number of rows of all splits.
  var rows: Int { splits.reduce(0) { $0 + $1.rows } }

  /// The version of the format. A Whisker without features refuses theirs.
  var version: String { Self.versions[preprocessing.features == nil ? 0 : 1] }

  private static let versions = ["2", "3"]
  /// The most classes: all are named in the metadata.
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

  /// The metadata without the checksum.
  func metadata() throws -> [String: String] {
    [
      Key.version: version,
      Key.classes: try StableJSON.line(classNames),
      Key.preprocessing: try StableJSON.line(preprocessing),
      Key.origin: try StableJSON.line(origin),
      Key.shard: try StableJSON.line(shard),
      Key.parts: try StableJSON.line(splits),
    ]
  }

  /// The checksum of the metadata and of the blocks' checksums.
  package static func checksum(metadata: [String: String], blocks: UnsafeRawBufferPointer) -> String {
    let keys = metadata.keys.filter { $0 != Key.checksum }.sorted()
    let text = keys.map { "\($0)=\(metadata[$0] ?? "")\n" }.joined()
    let sum = Array(text.utf8).withUnsafeBytes { CRC32.of($0, after: CRC32.of(blocks)) }
    return withUnsafeBytes(of: sum.bigEndian) { hexadecimal($0) }
  }
}

extension CacheManifest {
  /// Reads the metadata of the cache at `path`.
  /// - Throws: `FileError` when they are not those of a cache, or are inconsistent.
  init(_ metadata: [String: String], path: String) throws {
    guard let version = metadata[Key.version] else {
      let kind =
        metadata["whisker.format"] != nil
        ? "a model" : "a safetensors file, but not a cache that Whisker made"
      throw FileError(path, "is \(kind), not a dataset")
    }
    guard Self.versions.contains(version) else {
      throw FileError(
        path,
        "has the cache format \(printable(Array(version.utf8))), but this version reads \(Self.versions.joined(separator: " and "))",
        advice: "Make it again by preprocessing the data")
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
    splits = try value(Key.parts)
    guard isSensible, version == self.version else {
      throw FileError(path, "is damaged: its metadata are inconsistent", advice: "Make it again")
    }
  }

  /// Whether a cache with these metadata can be read.
  var isSensible: Bool {
    let names = splits.map(\.split)
    return !classNames.isEmpty && classNames.count <= Self.classLimit
      && Set(classNames).count == classNames.count && classNames.allSatisfy(isPrintable)
      && !splits.isEmpty && names == DataSource.Split.allCases.filter(names.contains)
      && splits.allSatisfy(\.isSensible)
  }
}

extension CacheManifest.SplitRows {
  fileprivate var isSensible: Bool {
    (0...Int(SampleIndex.max)).contains(total) && (0...total).contains(first)
      && (0...total - first).contains(listed)
      && (0...listed).contains(rows)
  }
}

/// A sample that could not be read when a cache was made. It keeps its index, so that training from the cache is the
/// same as training from the files.
struct SkippedSample: Sendable, Codable {
  let split: DataSource.Split
  /// Its index in its split.
  let index: Int
  let label: Int
  /// Its path below the root of the dataset, as it can be printed.
  let path: String
  let reason: ErrorText
  /// The fingerprint of its contents, in hexadecimal; nil where they could not be read.
  let fingerprint: String?
  /// The number of its group; nil for none.
  var group: Int?

  private enum CodingKeys: String, CodingKey {
    case split = "part", index, label, path, reason, fingerprint, group
  }
}
