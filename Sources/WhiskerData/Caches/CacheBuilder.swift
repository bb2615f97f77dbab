import WhiskerCore

/// Preprocesses a dataset into a tensor cache, in its order and in memory that does not depend on its size.
public struct CacheBuilder {
  /// The progress of a run.
  public struct Progress: Sendable {
    /// The number of samples that were read, or could not be.
    public let done: Int
    /// The number of all samples.
    public let total: Int
    /// Samples per second since the start.
    public let imagesPerSecond: Double

    /// `done` of `total` samples, in some seconds.
    package init(done: Int, total: Int, seconds: Double) {
      (self.done, self.total) = (done, total)
      imagesPerSecond = Double(done) / max(seconds, 1e-9)
    }
  }

  /// The result of a run.
  public struct Summary: Sendable {
    /// The number of rows that were written.
    public fileprivate(set) var rows = 0
    /// The number of samples that could not be read.
    public fileprivate(set) var skippedCount = 0
    /// The first samples that could not be read; the cache lists all of them.
    public fileprivate(set) var skipped: [SampleFailure] = []
    /// The length of the file, in bytes.
    public fileprivate(set) var size = 0
    /// The duration, in seconds.
    public fileprivate(set) var seconds = 0.0

    /// Samples read per second.
    public var imagesPerSecond: Double { Double(rows + skippedCount) / max(seconds, 1e-9) }
  }

  /// Some samples of one split, read by a worker.
  private struct Chunk: Sendable {
    var pixels: [UInt8] = []
    var rows: [CacheWriter.Row] = []
    var skipped: [SkippedSample] = []
  }

  private let source: DataSource
  private let origin: CacheOrigin
  private let readAhead: ReadAhead
  private let policy: BatchStream.ErrorPolicy
  private let allowsEmptyClasses: Bool

  /// The number of samples that a worker compares at a time.
  private static let chunk = 16
  /// The number of samples that are compared before a difference ends the comparison.
  private static let comparedTogether = 4096
  /// The number of files that could not be opened, and are tried again to see whether a cache is valid.
  private static let failuresTriedAgain = 1000
  /// The number of failures in a summary.
  private static let failuresKept = 100

  /// Preprocesses `source`, which was opened with `options`.
  public init(
    _ source: DataSource, options: DataSource.Options, readAhead: ReadAhead,
    policy: BatchStream.ErrorPolicy = .skip
  ) {
    (self.source, self.readAhead, self.policy) = (source, readAhead, policy)
    allowsEmptyClasses = options.allowsEmptyClasses
    origin = CacheOrigin(of: source, options: options)
  }

  /// The reason why the cache at `path` has to be made (again); nil if it is there and valid.
  /// - Throws: `FileError` when something else is at the path, which must not be replaced.
  public func reasonToMake(_ shard: Shard = .whole, at path: String) throws -> ErrorText? {
    try checkPlace(path)
    guard isFile(path) else { return "it does not exist yet" }
    let cache: TensorCache
    do {
      cache = try TensorCache(path)
    } catch let error as FileError {
      guard TensorCache.claimsToBeCache(path) else {
        throw FileError(
          path, "is there, and is no cache of Whisker's",
          advice: "Name another file, or replace it with \(.overwrites)")
      }
      return "it \(error.problem)"
    }
    let manifest = cache.manifest
    guard manifest.shard == shard else {
      throw FileError(
        path, "is there, and is shard \(manifest.shard.index) of \(manifest.shard.count)",
        advice: "Name another file, or replace it with \(.overwrites)")
    }
    if manifest.preprocessing.kept != source.preprocessing.kept {
      return "it holds \(manifest.preprocessing.contents)"
    }
    if manifest.classNames != source.classNames {
      return "it has the classes \(manifest.classNames.prefix(20).joined(separator: ", "))"
    }
    if manifest.origin.differsInStampsAlone(from: origin), try hasSameContents(cache) {
      return reasonToReadAgain(cache)
    }
    return manifest.origin.difference(from: origin) ?? reasonToReadAgain(cache)
  }

  /// Whether the samples still have the contents and labels that the cache was made from, whatever the times of their files.
  /// - Throws: `ResourceError` when the machine is at fault.
  private func hasSameContents(_ cache: TensorCache) throws -> Bool {
    for split in cache.manifest.splits where split.listed > 0 {
      guard let dataset = source.splits[split.split], dataset.count == split.total else { return false }
      let (stored, cached) = (StoredSamples(dataset), CachedDataset([cache], split: split.split))
      let end = split.first + split.listed
      for start in stride(from: split.first, to: end, by: Self.comparedTogether) {
        let range = start..<min(start + Self.comparedTogether, end)
        var isSame = true
        try readAhead.inOrder(range.count, chunk: Self.chunk) {
          let index = range.lowerBound + $0
          guard dataset.label(at: index) == cached.label(at: index) else { return false }
          return try stored.fingerprintIfReadable(at: index) == (try? cached.fingerprint(at: index))
        } _: {
          isSame = isSame && $1
        }
        guard isSame else { return false }
      }
    }
    return true
  }

  /// The reason to read files again that could not be opened and now can: their sizes and times do not show this.
  private func reasonToReadAgain(_ cache: TensorCache) -> ErrorText? {
    let unopened = cache.skipped.lazy.filter { $0.fingerprint == nil }.prefix(Self.failuresTriedAgain)
    let readable = unopened.count { sample in
      source.splits[sample.split].map {
        sample.index < $0.count && (try? StoredSamples($0).fingerprint(at: sample.index)) != nil
      } ?? false
    }
    return readable > 0 ? "\(counted(readable, "file")) that could not be opened then can be now" : nil
  }

  /// - Throws: `FileError` when something at the path is no file, which a cache cannot replace.
  private func checkPlace(_ path: String) throws {
    guard !isThere(path) || isFile(path) else {
      throw FileError(path, "exists, but is not a file", advice: "Name a file that ends in .safetensors")
    }
  }

  /// Writes the cache, or one shard of it, to `path`.
  /// - Parameter shard: The part of the samples.
  /// - Parameter path: The path at which the file appears once it is complete.
  /// - Parameter shouldStop: Called every few samples.
  /// - Parameter progress: Called every few samples.
  /// - Returns: The result; nil if it was stopped, and nothing was written.
  /// - Throws: `FileError` when the file cannot be written, or no sample of a class can be read; `ResourceError` when the
  ///   machine is at fault; `SampleFailure` where the policy is to fail. No file remains then.
  public func write(
    _ shard: Shard = .whole, to path: String, shouldStop: () -> Bool = { false },
    progress: (Progress) -> Void = { _ in }
  ) throws -> Summary? {
    try checkPlace(path)
    try checkClasses()
    let start = ContinuousClock.now
    let splits = splits(of: shard)
    let total = splits.reduce(0) { $0 + $1.listed }
    let writer = try CacheWriter(
      path,
      manifest: CacheManifest(
        classNames: source.classNames, preprocessing: source.preprocessing, origin: origin, shard: shard,
        splits: splits))
    var summary = Summary()
    for split in splits {
      guard let dataset = source.splits[split.split]?.kept else { continue }
      let chunks = chunks(of: dataset, split)
      while let chunk = try chunks.next() {
        try add(chunk, to: writer, &summary)
        guard !shouldStop() else { return nil }
        summary.seconds = (ContinuousClock.now - start) / .seconds(1)
        progress(
          Progress(done: summary.rows + summary.skippedCount, total: total, seconds: summary.seconds)
        )
      }
    }
    guard summary.rows > 0 || total == 0 || shard != .whole else {
      throw FileError(
        source.path, "has no picture that can be read\(summary.skipped.first.map { ": \($0.text)" } ?? "")")
    }
    try writer.commit()
    summary.size = writer.size
    summary.seconds = (ContinuousClock.now - start) / .seconds(1)
    return summary
  }

  /// Makes sure that every class in every split has a readable sample, unless empty classes are allowed.
  private func checkClasses() throws {
    guard !allowsEmptyClasses else { return }
    for (split, dataset) in source.splits.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      try SampleSet(dataset).checkClasses(
        of: source.path, in: source.splits.count > 1 ? "its \(split.rawValue) split" : nil, readAhead)
    }
  }

  /// The samples of each split in a shard: the splits follow each other, and the shards divide the whole.
  private func splits(of shard: Shard) -> [CacheManifest.SplitRows] {
    let counts = DataSource.Split.allCases.compactMap { split in
      source.splits[split].map { (split, $0.count) }
    }
    let range = shard.range(of: counts.reduce(0) { $0 + $1.1 })
    var start = 0
    return counts.map { split, count in
      defer { start += count }
      let own = range.clamped(to: start..<start + count)
      return CacheManifest.SplitRows(
        split: split, total: count,
        first: own.isEmpty ? min(max(range.lowerBound - start, 0), count) : own.lowerBound - start,
        listed: own.count, rows: 0)
    }
  }

  private func chunks(of dataset: any Dataset, _ split: CacheManifest.SplitRows) -> Prefetcher<Chunk> {
    let size = BatchStream.slowChunk(dataset.preprocessing)
    let count = (split.listed + size - 1) / size
    let (policy, stored) = (policy, StoredSamples(dataset))
    // A chunk is smaller than a batch, so more of them are kept ready.
    return Prefetcher(count: count, workers: readAhead.workers, depth: 2 * readAhead.depth) { position in
      let start = split.first + position * size
      let end = min(start + size, split.first + split.listed)
      return try Self.read(dataset, stored, split.split, start..<end, policy)
    }
  }

  private func add(_ chunk: Chunk, to writer: CacheWriter, _ summary: inout Summary) throws {
    try writer.add(chunk.pixels, chunk.rows)
    for sample in chunk.skipped { try writer.add(sample) }
    summary.rows += chunk.rows.count
    summary.skippedCount += chunk.skipped.count
    for sample in chunk.skipped.prefix(Self.failuresKept - summary.skipped.count) {
      summary.skipped.append(SampleFailure(index: sample.index, name: sample.path, reason: sample.reason))
    }
  }

  /// Reads a chunk.
  /// - Throws: `ResourceError`, for which no sample is at fault; `SampleFailure` where the policy is to fail.
  private static func read(
    _ dataset: any Dataset, _ stored: StoredSamples, _ split: DataSource.Split, _ indices: Range<Int>,
    _ policy: BatchStream.ErrorPolicy
  ) throws -> Chunk {
    let size = dataset.preprocessing.sampleSize
    var chunk = Chunk()
    let grouped = dataset.grouped
    chunk.pixels = try [UInt8](unsafeUninitializedCapacity: indices.count * size) { buffer, filled in
      for index in indices {
        let target = UnsafeMutableRawBufferPointer(
          rebasing: UnsafeMutableRawBufferPointer(buffer)[filled..<filled + size])
        do {
          let details = try stored.examine(index, into: target)
          filled += size
          chunk.rows.append(
            CacheWriter.Row(
              split: split, label: dataset.label(at: index), path: stored.path(at: index),
              fingerprint: details.fingerprint, group: grouped?.group(at: index)))
        } catch let error where !(error is ResourceError) {
          let failure = SampleFailure(index: index, error: error, name: dataset.name(at: index))
          guard policy == .skip else { throw failure }
          chunk.skipped.append(
            SkippedSample(
              split: split, index: index, label: dataset.label(at: index), path: failure.name,
              reason: failure.reason,
              fingerprint: try stored.fingerprintIfReadable(at: index)?.hexadecimal,
              group: grouped?.group(at: index)))
        }
      }
    }
    return chunk
  }
}
