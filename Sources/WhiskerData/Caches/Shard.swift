/// One of several parts that a data set is preprocessed in, each by a process of its own.
public struct Shard: Sendable, Codable, Hashable {
  /// From 1 to `count`.
  public let index: Int
  /// How many shards there are.
  public let count: Int

  /// The most shards of a data set.
  public static let limit = 99_999
  /// All of a data set.
  public static let whole = Shard(index: 1, count: 1)

  /// Shard `index` of `count`, counted from 1.
  public init(index: Int, count: Int) {
    precondition(
      (1...Self.limit).contains(count) && (1...count).contains(index), "a shard is one of its number")
    (self.index, self.count) = (index, count)
  }

  /// Reads what the synthesised encoding wrote.
  /// - Throws: `DecodingError` when there is no such shard.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    let (index, count) = (
      try values.decode(Int.self, forKey: .index), try values.decode(Int.self, forKey: .count)
    )
    guard (1...Self.limit).contains(count), (1...count).contains(index) else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "shard \(index) of \(count)"))
    }
    (self.index, self.count) = (index, count)
  }

  private enum CodingKeys: String, CodingKey { case index, count }

  /// The samples of this shard among `total`: the shards follow each other, and differ by one at most.
  package func range(of total: Int) -> Range<Int> {
    total * (index - 1) / count..<total * index / count
  }

  /// The file of this shard, where that of the whole would be at `path`: `photos-00003-of-00016.safetensors`.
  public func path(of path: String) -> String {
    self == .whole ? path : Self.name(of: path, Self.digits(index), count)
  }

  /// What matches the files of all shards: `photos-*-of-00016.safetensors`.
  public static func pattern(of path: String, count: Int) -> String {
    count == 1 ? path : name(of: path, "*", count)
  }

  private static func name(of path: String, _ index: String, _ count: Int) -> String {
    let isComplete = path.hasSuffix(TensorCache.fileExtension)
    let base = isComplete ? String(path.dropLast(TensorCache.fileExtension.count)) : path
    return "\(base)-\(index)-of-\(digits(count))\(TensorCache.fileExtension)"
  }

  private static func digits(_ number: Int) -> String {
    String(repeating: "0", count: max(0, 5 - String(number).count)) + String(number)
  }
}
