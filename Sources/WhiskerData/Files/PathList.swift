/// Packed paths: eight bytes each besides their own, where an array of them needs a hundred.
struct PathList: Sendable {
  private var bytes: [UInt8] = []
  private var ends: [Int] = []

  var count: Int { ends.count }

  subscript(index: Int) -> RelativePath {
    RelativePath(bytes: Array(bytes[(index == 0 ? 0 : ends[index - 1])..<ends[index]]))
  }

  mutating func append(_ path: RelativePath) {
    bytes += path.bytes
    ends.append(bytes.count)
  }

  /// Whether a path comes before another in plain byte order.
  func precedes(_ index: Int, _ other: Int) -> Bool {
    let start = { index in index == 0 ? 0 : ends[index - 1] }
    return bytes[start(index)..<ends[index]].lexicographicallyPrecedes(bytes[start(other)..<ends[other]])
  }

  /// The same paths in plain byte order. Folders are listed in nearly that order, so this seldom has to sort.
  func sorted() -> PathList {
    guard (0..<max(0, count - 1)).contains(where: { precedes($0 + 1, $0) }) else { return self }
    var sorted = PathList()
    for index in (0..<count).sorted(by: precedes) { sorted.append(self[index]) }
    return sorted
  }
}
