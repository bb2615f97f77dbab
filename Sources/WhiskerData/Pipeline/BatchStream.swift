import WhiskerCore

/// Batches of a dataset in a given order, read ahead on workers.
///
/// A sample that cannot be read is left out, and later samples move up: every batch but the last is full. The batches depend on
/// the order and the data alone, not on the workers.
public final class BatchStream {
  /// The handling of samples that cannot be read.
  public enum ErrorPolicy: String, Sendable, Codable, CaseIterable {
    /// They are left out, and recorded.
    case skip
    /// The first one ends the stream with its error.
    case fail
  }

  /// A chunk of the order, read by a worker: the samples that could be read, and those that could not.
  private struct Chunk: Sendable {
    var batch: Batch
    var failures: [SampleFailure]
  }

  private let prefetcher: Prefetcher<Chunk>
  private let batchSize: Int
  private let isDivided: Bool
  /// The dataset, or its kept pictures, where they may be in memory.
  private let memory: (any InMemoryDataset)?
  private let policy: ErrorPolicy
  private var rest: Batch?
  private var samplesSinceRelease = 0
  /// Whether every sample that can be read lies in memory, so that nothing is read. Where several processes divide the
  /// batches, no sample can fail either.
  public let isInMemory: Bool
  /// The samples that could not be read so far, in order.
  public private(set) var failures: [SampleFailure] = []
  /// The time that the reader has waited for batches, in seconds.
  public private(set) var waitingSeconds = 0.0

  /// Streams the samples at `order`, which holds indices of `dataset`, in batches of `batchSize`.
  /// - Parameter dataset: The dataset of the samples.
  /// - Parameter order: Their indices, in the order wanted.
  /// - Parameter batchSize: The number of samples of every batch but the last.
  /// - Parameter readAhead: How far and on how many threads to read ahead.
  /// - Parameter policy: The handling of samples that cannot be read.
  /// - Parameter augmenter: Augments every sample after it is read, on the workers; nil to leave them as they are.
  /// - Parameter communicator: The processes that divide every batch. Where there are several, each streams its part of every
  ///   batch, which may be empty, samples that cannot be read make a batch smaller, and files do not stay mapped.
  /// - Parameter grain: The number of consecutive samples of a batch that stay with one process.
  public init(
    _ dataset: any Dataset, order: [SampleIndex], batchSize: Int, readAhead: ReadAhead,
    policy: ErrorPolicy = .skip,
    augmenter: Augmenter? = nil, communicator: any Communicator = SingleProcess(), grain: Int = 1
  ) {
    precondition(batchSize > 0, "a batch holds at least one sample")
    (self.batchSize, self.policy, isDivided) = (batchSize, policy, !communicator.isAlone)
    memory = dataset.kept as? any InMemoryDataset
    let samples = dataset as? any InMemoryDataset
    var resident = augmenter == nil && samples?.isInMemory == true ? samples : nil
    let failures = resident?.failures ?? [:]
    // The other processes have to be informed of failures.
    if !communicator.isAlone, order.contains(where: { failures[Int($0)] != nil }) { resident = nil }
    isInMemory = resident != nil
    // Features take long to compute: small chunks keep all workers busy to the end.
    let isSlow = dataset.preprocessing.features != nil && !isInMemory && communicator.isAlone
    let chunkSize = isSlow ? min(batchSize, Self.slowChunk(dataset.preprocessing)) : batchSize
    let ranges = Self.ranges(of: order, chunkSize, without: isInMemory ? failures : [:])
    // Where there is nothing to read, workers would only take time from the threads that compute.
    prefetcher = Prefetcher(
      count: ranges.count, workers: isInMemory ? 0 : readAhead.workers, depth: readAhead.depth
    ) { [resident] in
      let chunk = order[communicator.part(of: ranges[$0], grain: grain)]
      if let resident { return Self.find(resident, chunk, failures) }
      return try Self.read(dataset, chunk, augmenter)
    }
  }

  /// The number of samples that a worker reads at a time where each takes long: sixteen views of pictures.
  package static func slowChunk(_ preprocessing: Preprocessing) -> Int {
    max(1, 16 / (preprocessing.features?.views ?? 1))
  }

  /// The chunks of the order that hold a batch each, where samples that are known to be unreadable are left out.
  private static func ranges(
    of order: [SampleIndex], _ batchSize: Int, without failures: [Int: SampleFailure]
  ) -> [Range<Int>] {
    guard !failures.isEmpty else {
      return stride(from: 0, to: order.count, by: batchSize).map { $0..<min($0 + batchSize, order.count) }
    }
    var (ranges, start, readable): ([Range<Int>], Int, Int) = ([], 0, 0)
    for (place, index) in order.enumerated() {
      readable += failures[Int(index)] == nil ? 1 : 0
      guard readable == batchSize || place == order.count - 1 else { continue }
      ranges.append(start..<place + 1)
      (start, readable) = (place + 1, 0)
    }
    return ranges
  }

  /// The next batch, or nil at the end.
  /// - Throws: `SampleFailure` where the policy is to fail, at its place in the order.
  public func next() throws -> Batch? {
    guard !isDivided else { return try nextPart() }
    while true {
      if let rest, rest.count >= batchSize { return take(batchSize, of: rest) }
      guard let chunk = try nextChunk() else { return takeRest() }
      try note(chunk.failures)
      guard var joined = rest else {
        if chunk.batch.count == batchSize { return chunk.batch }
        rest = chunk.batch
        continue
      }
      joined.append(chunk.batch)
      rest = joined
    }
  }

  /// Ends the stream: stops reading ahead, and drops the samples that have been read.
  public func cancel() {
    rest = nil
    prefetcher.cancel()
  }

  private func nextPart() throws -> Batch? {
    guard let chunk = try nextChunk() else { return nil }
    try note(chunk.failures)
    release(after: chunk.batch.count)
    return chunk.batch
  }

  /// The number of samples after which mapped files are released. A sample in a mapped file maps the pages around it, 64 KB:
  /// this many samples are 64 MB. All processes of a machine share them, but they count for each, and must not grow with the
  /// data.
  private static let releaseInterval = 1024

  private func release(after count: Int) {
    samplesSinceRelease += count
    guard samplesSinceRelease >= Self.releaseInterval else { return }
    memory?.release()
    samplesSinceRelease = 0
  }

  private func nextChunk() throws -> Chunk? {
    let start = ContinuousClock.now
    defer { waitingSeconds += (ContinuousClock.now - start) / .seconds(1) }
    return try prefetcher.next()
  }

  private func note(_ failed: [SampleFailure]) throws {
    failures += failed
    guard policy == .fail, let first = failed.first else { return }
    cancel()
    throw first
  }

  private func take(_ count: Int, of batch: Batch) -> Batch {
    rest = batch.count == count ? nil : batch.slice(count..<batch.count)
    return batch.count == count ? batch : batch.slice(0..<count)
  }

  private func takeRest() -> Batch? {
    defer { rest = nil }
    return rest.flatMap { $0.count > 0 ? $0 : nil }
  }

  /// The samples of a chunk that lies in memory.
  private static func find(
    _ dataset: any InMemoryDataset, _ chunk: ArraySlice<SampleIndex>, _ failures: [Int: SampleFailure]
  ) -> Chunk {
    let indices = failures.isEmpty ? Array(chunk) : chunk.filter { failures[Int($0)] == nil }
    let labels = indices.map { Int32(dataset.label(at: Int($0))) }
    return Chunk(
      batch: Batch(pixels: .inPlace(dataset, indices), labels: labels, indices: indices),
      failures: failures.isEmpty ? [] : chunk.compactMap { failures[Int($0)] })
  }

  /// Reads a chunk.
  /// - Throws: `ResourceError`, for which no sample is at fault.
  private static func read(
    _ dataset: any Dataset, _ indices: ArraySlice<SampleIndex>, _ augmenter: Augmenter?
  ) throws -> Chunk {
    let size = dataset.preprocessing.sampleSize
    let resized = augmenter == nil ? nil : dataset as? ResizedDataset
    var chunk = Chunk(
      batch: Batch(pixels: .copied([], sampleSize: size), labels: [], indices: []), failures: [])
    let images = try [UInt8](unsafeUninitializedCapacity: indices.count * size) { buffer, filled in
      for place in indices {
        let index = Int(place)
        let target = UnsafeMutableBufferPointer(rebasing: buffer[filled..<filled + size])
        do {
          if let resized, let augmenter {
            try resized.withPicture(index) { augmenter.apply(from: $0, to: target, index: place) }
          } else {
            try dataset.read(index, into: UnsafeMutableRawBufferPointer(target))
            augmenter?.apply(to: target, index: place)
          }
          filled += size
          chunk.batch.labels.append(Int32(dataset.label(at: index)))
          chunk.batch.indices.append(place)
        } catch let error where !(error is ResourceError) {
          chunk.failures.append(SampleFailure(index: index, error: error, name: dataset.name(at: index)))
        }
      }
    }
    chunk.batch.pixels = .copied(images, sampleSize: size)
    return chunk
  }
}
