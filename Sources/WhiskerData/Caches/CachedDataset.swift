import WhiskerTensor

/// One part of a data set, from the cache or the shards that it was preprocessed into.
///
/// Its indices are those of the data set that the cache was made from: a sample that could not be read then keeps its
/// place, and cannot be read now.
final class CachedDataset: Dataset {
  /// The samples of one file.
  private struct Segment: Sendable {
    let cache: TensorCache
    /// The index of the first sample.
    let first: Int
    /// The row of the first sample that has one.
    let firstRow: Int
    /// How many have one.
    let rows: Int
    /// In the order of their indices.
    let skipped: [SkippedSample]
  }

  /// Where a sample is.
  private enum Place {
    case row(TensorCache, Int)
    case skipped(SkippedSample)
  }

  let classNames: [String]
  let preprocessing: Preprocessing
  let count: Int
  let part: DataSource.Part
  private let segments: [Segment]
  /// Of all files, in bytes.
  private let size: Int

  /// What may stay mapped of a set, in bytes.
  private static let mappedLimit = 1 << 26

  var isWorthCaching: Bool { false }

  /// The samples of `part` in `caches`, which are all the shards of a set, in order.
  init(_ caches: [TensorCache], part: DataSource.Part) {
    let manifest = caches[0].manifest
    (classNames, preprocessing, self.part) = (manifest.classNames, manifest.preprocessing, part)
    count = manifest.parts.first { $0.part == part }?.total ?? 0
    segments = caches.compactMap { cache in
      let parts = cache.manifest.parts
      guard let index = parts.firstIndex(where: { $0.part == part }), parts[index].listed > 0 else {
        return nil
      }
      return Segment(
        cache: cache, first: parts[index].first, firstRow: parts[..<index].reduce(0) { $0 + $1.rows },
        rows: parts[index].rows,
        skipped: cache.skipped.filter { $0.part == part })
    }
    size = segments.reduce(0) { $0 + $1.cache.size }
  }

  var classCounts: [Int] {
    var counts = [Int](repeating: 0, count: classNames.count)
    for segment in segments {
      segment.cache.countLabels(of: segment.firstRow..<segment.firstRow + segment.rows, in: &counts)
      for sample in segment.skipped { counts[sample.label] += 1 }
    }
    return counts
  }

  func label(at index: Int) -> Int {
    switch place(of: index) {
    case .row(let cache, let row): cache.label(row)
    case .skipped(let sample): sample.label
    }
  }

  func name(at index: Int) -> String { printable(path(at: index)) }

  func path(at index: Int) -> [UInt8] {
    switch place(of: index) {
    case .row(let cache, let row): cache.paths[row] ?? Array("row \(row)".utf8)
    case .skipped(let sample): Array(sample.path.utf8)
    }
  }

  func read(_ index: Int, into pixels: UnsafeMutableRawBufferPointer) throws {
    switch place(of: index) {
    case .row(let cache, let row): cache.read(row, into: pixels)
    case .skipped(let sample):
      throw FileError(printable(Array(sample.path.utf8)), printable(Array(sample.reason.utf8)))
    }
  }

  var isInMemory: Bool {
    segments.allSatisfy(\.skipped.isEmpty) && size <= MemoryBudget.available / 2
  }

  func address(of index: Int) -> UnsafePointer<UInt8>? {
    guard case .row(let cache, let row) = place(of: index) else { return nil }
    return cache.address(of: row)
  }

  func release() {
    guard size > Self.mappedLimit else { return }
    for segment in segments { segment.cache.release() }
  }

  func examine(_ index: Int, into pixels: UnsafeMutableRawBufferPointer) throws -> SampleDetails {
    try read(index, into: pixels)
    return SampleDetails(
      format: "cached", width: preprocessing.width, height: preprocessing.height,
      fingerprint: try fingerprint(at: index))
  }

  func fingerprint(at index: Int) throws -> Fingerprint {
    switch place(of: index) {
    case .row(let cache, let row): return cache.fingerprint(row)
    case .skipped(let sample):
      guard let fingerprint = sample.fingerprint.flatMap(Fingerprint.init(hexadecimal:)) else {
        throw FileError(name(at: index), printable(Array(sample.reason.utf8)))
      }
      return fingerprint
    }
  }

  private func place(of index: Int) -> Place {
    precondition((0..<count).contains(index), "a sample of the data set")
    let segment = segments[segments.firstPosition { $0.first > index } - 1]
    let before = segment.skipped.firstPosition { $0.index >= index }
    if before < segment.skipped.count, segment.skipped[before].index == index {
      return .skipped(segment.skipped[before])
    }
    return .row(segment.cache, segment.firstRow + index - segment.first - before)
  }
}

extension Array {
  /// The first position whose element satisfies `predicate`, which holds for all elements from some position on.
  fileprivate func firstPosition(where predicate: (Element) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if predicate(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
