import WhiskerTensor

/// Batches of a data set in a given order, read ahead on lanes.
///
/// A sample that cannot be read is left out, and the batches close up behind it: every batch but the last is full.
/// The batches depend on the order and the data alone, not on the lanes.
public final class BatchStream {
  /// What happens when a sample cannot be read.
  public enum ErrorPolicy: String, Sendable, Codable, CaseIterable {
    /// It is left out, and noted.
    case skip
    /// The stream ends with its error.
    case fail
  }

  /// How far and how widely a stream reads ahead.
  public struct Lanes: Sendable {
    /// How many batches are read at once; 0 reads on the caller's thread.
    public var count: Int
    /// How many batches are kept ahead of the reader.
    public var depth: Int

    /// As many lanes as given, each with a batch in the making and one ready.
    public init(count: Int, depth: Int? = nil) {
      self.count = count
      self.depth = depth ?? max(2, 2 * count)
    }
  }

  /// A lane's work: the samples of a stretch of the order that could be read, and those that could not.
  private struct Stretch: Sendable {
    var batch: Batch
    var failures: [SampleFailure]
  }

  private let prefetcher: Prefetcher<Stretch>
  private let batchSize: Int
  private let isDivided: Bool
  private let dataset: any Dataset
  private let policy: ErrorPolicy
  private var rest: Batch?
  private var samplesSinceRelease = 0
  /// Whether every sample that can be read lies in memory, so that none is read. Where several processes divide the
  /// batches, none can fail either.
  public let isInMemory: Bool
  /// The samples that could not be read so far, in order.
  public private(set) var failures: [SampleFailure] = []
  /// How long the reader waited for batches, in seconds.
  public private(set) var waitingSeconds = 0.0

  /// Streams the samples at `order`, which holds indices of `dataset`, in batches of `batchSize`.
  /// - Parameter dataset: Where the samples are.
  /// - Parameter order: Their indices, in the order wanted.
  /// - Parameter batchSize: The samples of every batch but the last.
  /// - Parameter lanes: How far and how widely it reads ahead.
  /// - Parameter policy: What happens when a sample cannot be read.
  /// - Parameter augmenter: What varies every sample after it is read, on the lanes; nil to leave them as they are.
  /// - Parameter job: The processes that divide every batch. Where there are several, each streams its part of every
  ///   batch, which may be empty, what cannot be read makes a batch smaller, and files do not stay mapped.
  /// - Parameter grain: How many samples of a batch stay with one process.
  public init(
    _ dataset: any Dataset, order: [SampleIndex], batchSize: Int, lanes: Lanes, policy: ErrorPolicy = .skip,
    augmenter: Augmenter? = nil, job: any Communicator = SingleProcess(), grain: Int = 1
  ) {
    precondition(batchSize > 0, "a batch holds at least one sample")
    (self.dataset, self.batchSize, self.policy, isDivided) = (dataset, batchSize, policy, !job.isAlone)
    let isInMemory = augmenter == nil && dataset.isInMemory
    let failures = isInMemory ? dataset.failures : [:]
    // The other processes have to hear of what fails, as of what is read.
    let isThere = isInMemory && (job.isAlone || !order.contains { failures[Int($0)] != nil })
    self.isInMemory = isThere
    let ranges = Self.ranges(of: order, batchSize, without: isThere ? failures : [:])
    // Where there is nothing to read, lanes would only take time from those who compute.
    prefetcher = Prefetcher(count: ranges.count, lanes: isThere ? 0 : lanes.count, depth: lanes.depth) {
      let stretch = order[job.part(of: ranges[$0], grain: grain)]
      return isThere ? Self.find(dataset, stretch, failures) : try Self.read(dataset, stretch, augmenter)
    }
  }

  /// The stretches of the order that hold a batch each, when samples are left out that are known to be unreadable.
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
  /// - Throws: `SampleFailure` where the policy is to fail, in its place in the order.
  public func next() throws -> Batch? {
    guard !isDivided else { return try nextPart() }
    while true {
      if let rest, rest.count >= batchSize { return take(batchSize, of: rest) }
      guard let stretch = try nextStretch() else { return takeRest() }
      try note(stretch.failures)
      guard var joined = rest else {
        if stretch.batch.count == batchSize { return stretch.batch }
        rest = stretch.batch
        continue
      }
      joined.append(stretch.batch)
      rest = joined
    }
  }

  /// Ends the stream: stops reading ahead, and drops what has been read.
  public func cancel() {
    rest = nil
    prefetcher.cancel()
  }

  private func nextPart() throws -> Batch? {
    guard let stretch = try nextStretch() else { return nil }
    try note(stretch.failures)
    release(after: stretch.batch.count)
    return stretch.batch
  }

  /// A sample somewhere in a mapped file brings the pages around it with it, 64 KB: this many samples are 64 MB. They are
  /// common to all processes of a machine, but each is held to account for them, and they must not grow with the data.
  private static let releaseInterval = 1024

  private func release(after count: Int) {
    samplesSinceRelease += count
    guard samplesSinceRelease >= Self.releaseInterval else { return }
    dataset.release()
    samplesSinceRelease = 0
  }

  private func nextStretch() throws -> Stretch? {
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

  /// Where there is nothing to read.
  private static func find(
    _ dataset: any Dataset, _ stretch: ArraySlice<SampleIndex>, _ failures: [Int: SampleFailure]
  ) -> Stretch {
    let indices = failures.isEmpty ? Array(stretch) : stretch.filter { failures[Int($0)] == nil }
    let labels = indices.map { Int32(dataset.label(at: Int($0))) }
    return Stretch(
      batch: Batch(pixels: .inPlace(dataset, indices), labels: labels, indices: indices),
      failures: failures.isEmpty ? [] : stretch.compactMap { failures[Int($0)] })
  }

  /// - Throws: `ResourceError`, which is no sample's fault.
  private static func read(
    _ dataset: any Dataset, _ indices: ArraySlice<SampleIndex>, _ augmenter: Augmenter?
  ) throws -> Stretch {
    let size = dataset.preprocessing.sampleSize
    var stretch = Stretch(
      batch: Batch(pixels: .copied([], sampleSize: size), labels: [], indices: []), failures: [])
    let images = try [UInt8](unsafeUninitializedCapacity: indices.count * size) { buffer, filled in
      for place in indices {
        let index = Int(place)
        let target = UnsafeMutableBufferPointer(rebasing: buffer[filled..<filled + size])
        do {
          try dataset.read(index, into: UnsafeMutableRawBufferPointer(target))
          augmenter?.apply(to: target, index: place)
          filled += size
          stretch.batch.labels.append(Int32(dataset.label(at: index)))
          stretch.batch.indices.append(place)
        } catch let error where !(error is ResourceError) {
          stretch.failures.append(SampleFailure(index: index, error: error, name: dataset.name(at: index)))
        }
      }
    }
    stretch.batch.pixels = .copied(images, sampleSize: size)
    return stretch
  }
}
