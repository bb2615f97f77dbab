/// One of several parts of a dataset, each of which a process of its own preprocesses.
public struct Shard: Sendable, Codable, Hashable {
  /// From 1 to `count`.
  public let index: Int
  /// The number of shards.
  public let count: Int

  /// The most shards of a dataset.
  public static let limit = 99_999
  /// All of a dataset.
  public static let whole = Shard(index: 1, count: 1)

  /// Shard `index` of `count`, counted from 1.
  public init(index: Int, count: Int) {
    precondition(
      (1...Self.limit).contains(count) && (1...count).contains(index),
      "the index of a shard is from 1 to the number of shards")
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

  /// The path of this shard's file, where the file of the whole would be at `path`: `photos-00003-of-00016.safetensors`.
  public func path(of path: String) -> String {
    self == .whole ? path : Self.name(of: path, Self.digits(index), count)
  }

  /// The pattern that matches the files of all shards: `photos-*-of-00016.safetensors`.
  public static func pattern(of path: String, count: Int) -> String {
    count == 1 ? path : name(of: path, "*", count)
  }

  private static func name(of path: String, _ index: String, _ count: Int) -> String {
    let isComplete = path.hasSuffix(OwnFiles.tensorEnding)
    let base = isComplete ? String(path.dropLast(OwnFiles.tensorEnding.count)) : path
    return "\(base)-\(index)-of-\(digits(count))\(OwnFiles.tensorEnding)"
  }

  private static func digits(_ number: Int) -> String {
    String(repeating: "0", count: max(0, 5 - String(number).count)) + String(number)
  }
}
