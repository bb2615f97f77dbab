import WhiskerTensor

/// Turns a data set into a tensor cache, in plain order and in memory that does not depend on its size.
public struct Preprocessor {
  /// How far a run has come.
  public struct Progress: Sendable {
    /// The samples that were read, or could not be.
    public let done: Int
    /// The samples that there are.
    public let total: Int
    /// Samples a second since the start.
    public let imagesPerSecond: Double
  }

  /// What came of a run.
  public struct Summary: Sendable {
    /// The rows that were written.
    public fileprivate(set) var rows = 0
    /// How many samples could not be read.
    public fileprivate(set) var skippedCount = 0
    /// The first of the samples that could not be read; the cache names all of them.
    public fileprivate(set) var skipped: [SampleFailure] = []
    /// The length of the file, in bytes.
    public fileprivate(set) var size = 0
    /// How long it took.
    public fileprivate(set) var seconds = 0.0

    /// Samples read a second.
    public var imagesPerSecond: Double { Double(rows + skippedCount) / max(seconds, 1e-9) }
  }

  /// A lane's work: some samples of one part.
  private struct Stretch: Sendable {
    var pixels: [UInt8] = []
    var rows: [CacheWriter.Row] = []
    var skipped: [SkippedSample] = []
  }

  private let source: DataSource
  private let origin: CacheOrigin
  private let lanes: BatchStream.Lanes
  private let policy: BatchStream.ErrorPolicy
  private let allowsEmptyClasses: Bool

  /// How many samples a lane reads at a time.
  private static let stretch = 16
  /// How many samples are compared before it is asked whether all were the same.
  private static let comparedTogether = 4096
  /// How many of the files that could not be opened are tried again to see whether a cache is fresh.
  private static let failuresTriedAgain = 1000
  /// How many failures a summary names.
  private static let failuresKept = 100

  /// Preprocesses `source`, which was opened with `options`, reading on `lanes`.
  public init(
    _ source: DataSource, options: DataSource.Options, lanes: BatchStream.Lanes,
    policy: BatchStream.ErrorPolicy = .skip
  ) {
    (self.source, self.lanes, self.policy) = (source, lanes, policy)
    allowsEmptyClasses = options.allowsEmptyClasses
    origin = CacheOrigin(of: source, options: options)
  }

  /// Why the cache at `path` has to be made (again); nil if it is there and is what would be made now.
  /// - Throws: `FileError` when something is at the path that is no cache, and must not be replaced.
  public func reasonToMake(_ shard: Shard = .whole, at path: String) throws -> String? {
    try checkPlace(path)
    guard isFile(path) else { return "it is not there yet" }
    let cache: TensorCache
    do {
      cache = try TensorCache(path)
    } catch let error as FileError {
      guard TensorCache.claimsToBeCache(path) else {
        throw FileError(
          path, "is there, and is no cache of Whisker's",
          advice: "Name another file, or replace it with --overwrite")
      }
      return "it \(error.problem)"
    }
    let manifest = cache.manifest
    guard manifest.shard == shard else {
      throw FileError(
        path, "is there, and is shard \(manifest.shard.index) of \(manifest.shard.count)",
        advice: "Name another file, or replace it with --overwrite")
    }
    if manifest.preprocessing != source.preprocessing {
      return "it holds pictures of \(manifest.preprocessing)"
    }
    if manifest.classNames != source.classNames {
      return "it has the classes \(manifest.classNames.prefix(20).joined(separator: ", "))"
    }
    if manifest.origin.differsInStampsAlone(from: origin), try hasSameContents(cache) {
      return reasonToReadAgain(cache)
    }
    return manifest.origin.difference(from: origin) ?? reasonToReadAgain(cache)
  }

  /// Whether the samples have the contents that the cache was made from, whatever the times of their files.
  /// - Throws: `ResourceError` when the machine is at fault.
  private func hasSameContents(_ cache: TensorCache) throws -> Bool {
    for part in cache.manifest.parts where part.listed > 0 {
      guard let dataset = source.parts[part.part], dataset.count == part.total else { return false }
      let cached = CachedDataset([cache], part: part.part)
      let end = part.first + part.listed
      for start in stride(from: part.first, to: end, by: Self.comparedTogether) {
        let range = start..<min(start + Self.comparedTogether, end)
        var isSame = true
        try lanes.inOrder(range.count, stretch: Self.stretch) {
          let index = range.lowerBound + $0
          return try dataset.fingerprintIfReadable(at: index) == (try? cached.fingerprint(at: index))
        } _: {
          isSame = isSame && $1
        }
        guard isSame else { return false }
      }
    }
    return true
  }

  /// Whether files that could not be opened then can be opened now: that leaves no trace in their sizes and times.
  private func reasonToReadAgain(_ cache: TensorCache) -> String? {
    let unopened = cache.skipped.lazy.filter { $0.fingerprint == nil }.prefix(Self.failuresTriedAgain)
    let readable = unopened.count { sample in
      source.parts[sample.part].map {
        sample.index < $0.count && (try? $0.fingerprint(at: sample.index)) != nil
      } ?? false
    }
    return readable > 0 ? "\(counted(readable, "file")) that could not be opened then can be now" : nil
  }

  /// - Throws: `FileError` when what is at the path is no file, which the cache could not take the place of.
  private func checkPlace(_ path: String) throws {
    guard !isThere(path) || isFile(path) else {
      throw FileError(path, "is there, and is no file", advice: "Name a file that ends in .safetensors")
    }
  }

  /// Writes the cache, or one shard of it, to `path`.
  /// - Parameter shard: Which part of the samples.
  /// - Parameter path: Where the file appears once it is complete.
  /// - Parameter shouldStop: Asked every few samples.
  /// - Parameter progress: Told every few samples.
  /// - Returns: What came of it; nil if it was stopped, and nothing was written.
  /// - Throws: `FileError` when the file cannot be written, or not one sample of a class can be read; `ResourceError` when
  ///   the machine is at fault; `SampleFailure` where the policy is to fail. Nothing is left behind then.
  public func write(
    _ shard: Shard = .whole, to path: String, shouldStop: () -> Bool = { false },
    progress: (Progress) -> Void = { _ in }
  ) throws -> Summary? {
    try checkPlace(path)
    try checkClasses()
    let start = ContinuousClock.now
    let parts = parts(of: shard)
    let total = parts.reduce(0) { $0 + $1.listed }
    let writer = try CacheWriter(
      path,
      manifest: CacheManifest(
        classNames: source.classNames, preprocessing: source.preprocessing, origin: origin, shard: shard,
        parts: parts))
    var summary = Summary()
    for part in parts {
      guard let dataset = source.parts[part.part] else { continue }
      let stretches = stretches(of: dataset, part)
      while let stretch = try stretches.next() {
        try add(stretch, to: writer, &summary)
        guard !shouldStop() else { return nil }
        summary.seconds = (ContinuousClock.now - start) / .seconds(1)
        progress(
          Progress(
            done: summary.rows + summary.skippedCount, total: total, imagesPerSecond: summary.imagesPerSecond)
        )
      }
    }
    guard summary.rows > 0 || total == 0 || shard != .whole else {
      throw FileError(
        source.path, "has not one picture that can be read\(summary.skipped.first.map { ": \($0)" } ?? "")")
    }
    try writer.commit()
    summary.size = writer.size
    summary.seconds = (ContinuousClock.now - start) / .seconds(1)
    return summary
  }

  /// Makes sure that there is something to read of every class in every part, unless empty classes are allowed.
  private func checkClasses() throws {
    guard !allowsEmptyClasses else { return }
    for (part, dataset) in source.parts.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      try SampleSet(dataset).checkClasses(
        of: source.path, in: source.parts.count > 1 ? "its \(part.rawValue) part" : nil, lanes)
    }
  }

  /// What a shard holds of each part: the parts follow each other, and the shards divide the whole.
  private func parts(of shard: Shard) -> [CacheManifest.Part] {
    let counts = DataSource.Part.allCases.compactMap { part in source.parts[part].map { (part, $0.count) } }
    let range = shard.range(of: counts.reduce(0) { $0 + $1.1 })
    var start = 0
    return counts.map { part, count in
      defer { start += count }
      let own = range.clamped(to: start..<start + count)
      return CacheManifest.Part(
        part: part, total: count,
        first: own.isEmpty ? min(max(range.lowerBound - start, 0), count) : own.lowerBound - start,
        listed: own.count, rows: 0)
    }
  }

  private func stretches(of dataset: any Dataset, _ part: CacheManifest.Part) -> Prefetcher<Stretch> {
    let count = (part.listed + Self.stretch - 1) / Self.stretch
    let policy = policy
    // A stretch is a small part of a batch, so more of them are kept ready.
    return Prefetcher(count: count, lanes: lanes.count, depth: 2 * lanes.depth) { position in
      let start = part.first + position * Self.stretch
      let end = min(start + Self.stretch, part.first + part.listed)
      return try Self.read(dataset, part.part, start..<end, policy)
    }
  }

  private func add(_ stretch: Stretch, to writer: CacheWriter, _ summary: inout Summary) throws {
    try writer.add(stretch.pixels, stretch.rows)
    for sample in stretch.skipped { try writer.add(sample) }
    summary.rows += stretch.rows.count
    summary.skippedCount += stretch.skipped.count
    for sample in stretch.skipped.prefix(Self.failuresKept - summary.skipped.count) {
      summary.skipped.append(SampleFailure(index: sample.index, name: sample.path, reason: sample.reason))
    }
  }

  /// - Throws: `ResourceError`, which is no sample's fault; `SampleFailure` where the policy is to fail.
  private static func read(
    _ dataset: any Dataset, _ part: DataSource.Part, _ indices: Range<Int>, _ policy: BatchStream.ErrorPolicy
  ) throws -> Stretch {
    let size = dataset.preprocessing.sampleSize
    var stretch = Stretch()
    stretch.pixels = try [UInt8](unsafeUninitializedCapacity: indices.count * size) { buffer, filled in
      for index in indices {
        let target = UnsafeMutableRawBufferPointer(
          rebasing: UnsafeMutableRawBufferPointer(buffer)[filled..<filled + size])
        do {
          let details = try dataset.examine(index, into: target)
          filled += size
          stretch.rows.append(
            CacheWriter.Row(
              part: part, label: dataset.label(at: index), path: dataset.path(at: index),
              fingerprint: details.fingerprint))
        } catch let error where !(error is ResourceError) {
          let failure = SampleFailure(index: index, error: error, name: dataset.name(at: index))
          guard policy == .skip else { throw failure }
          stretch.skipped.append(
            SkippedSample(
              part: part, index: index, label: dataset.label(at: index), path: failure.name,
              reason: failure.reason,
              fingerprint: try dataset.fingerprintIfReadable(at: index)?.hexadecimal))
        }
      }
    }
    return stretch
  }
}
