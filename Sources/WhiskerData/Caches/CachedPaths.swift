import WhiskerCore

/// The paths of a cache's rows, read from the mapped file. The file does not store where each path starts, and a table of all
/// starts would need too much memory for millions of rows, so the start of every sixteenth path is kept.
final class CachedPaths: Sendable {
  private let contents: FileContents
  private let range: Range<Int>
  private let count: Int
  private let starts = Lock<[Int]?>(nil)

  private static let stride = 16

  /// The paths of `count` rows, each followed by a NUL, at `range` of a file.
  init(_ contents: FileContents, range: Range<Int>, count: Int) {
    (self.contents, self.range, self.count) = (contents, range, count)
  }

  /// The path of a row; nil where a damaged cache has none.
  subscript(row: Int) -> [UInt8]? {
    let start = starts.withLock { starts -> Int? in
      let known = starts ?? findStarts()
      starts = known
      return row / Self.stride < known.count ? known[row / Self.stride] : nil
    }
    guard let start else { return nil }
    return contents.withBytes { bytes in
      var rest = bytes[start..<range.upperBound]
      for _ in 0..<row % Self.stride {
        guard let end = rest.firstIndex(of: 0) else { return nil }
        rest = rest[(end + 1)...]
      }
      return rest.firstIndex(of: 0).map { Array(rest[..<$0]) }
    }
  }

  private func findStarts() -> [Int] {
    contents.withBytes { bytes in
      var starts: [Int] = []
      starts.reserveCapacity(count / Self.stride + 1)
      var row = 0
      var isStart = true
      for offset in range where row < count {
        if isStart && row % Self.stride == 0 { starts.append(offset) }
        isStart = bytes[offset] == 0
        if isStart { row += 1 }
      }
      return starts
    }
  }
}
