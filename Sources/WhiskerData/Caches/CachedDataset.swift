import WhiskerCore

extension DataSource {
  /// The files of a tensor cache, in order; empty for other sources.
  var caches: [TensorCache] {
    splits.values.lazy.compactMap {
      let kept = (($0 as? FeatureDataset)?.pictures ?? $0).kept.whole
      return kept as? CachedDataset ?? (kept as? JoinedDataset)?.parts[0].dataset.whole as? CachedDataset
    }.first?.caches ?? []
  }

  /// A description of a tensor cache; nil for other sources.
  public var cacheDescription: String? {
    let caches = caches
    guard let first = caches.first else { return nil }
    let size = caches.reduce(0) { $0 + $1.size }
    return
      "format \(first.manifest.version), \(counted(caches.count, "file")), \(grouped(size)) bytes, "
      + "made from \(counted(first.manifest.origin.files, "file"))"
  }
}

/// One split of a dataset, from the cache or the shards that it was preprocessed into.
///
/// Its indices are those of the dataset that the cache was made from: a sample that could not be read then keeps its
/// index, and cannot be read now.
final class CachedDataset: InMemoryDataset, StoredDataset, GroupedDataset {
  /// The samples of one file.
  private struct Segment: Sendable {
    let cache: TensorCache
    /// The index of the first sample.
    let first: Int
    /// The row of the first sample that has one.
    let firstRow: Int
    /// The samples without a row, in the order of their indices.
    let skipped: [SkippedSample]
  }

  /// The place of a sample.
  private enum Place {
    case row(TensorCache, Int)
    case skipped(SkippedSample)
  }

  let info: DatasetInfo
  let split: DataSource.Split
  /// All files of the cache, in order.
  let caches: [TensorCache]
  private let segments: [Segment]
  let isInMemory: Bool
  private let fitsInMemory: Bool
  /// The size of the files with samples of the split, in bytes.
  private let size: Int

  /// The most bytes that stay mapped.
  private static let mappedLimit = 1 << 26

  /// The samples of `split` in `caches`, all shards of a dataset in order.
  init(_ caches: [TensorCache], split: DataSource.Split) {
    let manifest = caches[0].manifest
    (self.caches, self.split) = (caches, split)
    info = DatasetInfo(
      count: manifest.splits.first { $0.split == split }?.total ?? 0, classNames: manifest.classNames,
      preprocessing: manifest.preprocessing.kept)
    segments = caches.compactMap { cache in
      let splits = cache.manifest.splits
      guard let index = splits.firstIndex(where: { $0.split == split }), splits[index].listed > 0 else {
        return nil
      }
      return Segment(
        cache: cache, first: splits[index].first, firstRow: splits[..<index].reduce(0) { $0 + $1.rows },
        skipped: cache.skipped.filter { $0.split == split })
    }
    size = segments.reduce(0) { $0 + $1.cache.size }
    fitsInMemory = size <= MemoryBudget.available / 2
    isInMemory = segments.allSatisfy(\.skipped.isEmpty) && fitsInMemory
  }

  func label(at index: Int) -> Int {
    switch place(of: index) {
    case .row(let cache, let row): cache.label(row)
    case .skipped(let sample): sample.label
    }
  }

  var hasGroups: Bool { caches.contains(where: \.hasGroups) }

  func group(at index: Int) -> Int? {
    switch place(of: index) {
    case .row(let cache, let row): cache.group(row)
    case .skipped(let sample): sample.group
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
    case .row(let cache, let row):
      guard cache.isFinite(row) else { throw FileError(name(at: index), Self.notFinite) }
      cache.read(row, into: pixels)
    case .skipped(let sample):
      throw FileError(printable(Array(sample.path.utf8)), sample.reason)
    }
  }

  /// Checks the features of a cache that fits into memory. Those of a larger one are checked when they are read.
  /// - Throws: `FileError` that names the first sample whose features are not finite.
  func checkFeatures() throws {
    guard fitsInMemory, preprocessing.features != nil else { return }
    for index in 0..<count {
      guard case .row(let cache, let row) = place(of: index), !cache.isFinite(row) else { continue }
      throw FileError(
        cache.path, "is damaged: \(name(at: index)) \(Self.notFinite)",
        advice: "Make it again by preprocessing the data")
    }
  }

  private static let notFinite: ErrorText = "has features that are NaN or infinite"

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
        throw FileError(name(at: index), sample.reason)
      }
      return fingerprint
    }
  }

  private func place(of index: Int) -> Place {
    precondition((0..<count).contains(index), "a sample of the dataset")
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
