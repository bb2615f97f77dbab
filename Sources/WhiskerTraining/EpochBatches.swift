import WhiskerData
import WhiskerTensor

/// The batches of an epoch, or of what is left of one. Where several processes train, each gets its part of every batch.
///
/// A sample that cannot be read is left out, and the batches close up behind it. What one process cannot read is left out by
/// all, so that the batches are those of a single one.
final class EpochBatches {
  /// A batch, and what this process has of it.
  struct Share {
    let part: Batch
    /// The places of the part in the batch.
    let places: Range<Int>
    /// The indices of all samples of the batch.
    let batch: ArraySlice<SampleIndex>
  }

  private let makeStream: ([SampleIndex]) -> BatchStream
  private let batchSize: Int
  private let grain: Int
  private let job: any Communicator
  private let whole: ArraySlice<SampleIndex>
  private var stream: BatchStream
  /// What is still to come, this process's part of it and that of the others.
  private var order: ArraySlice<SampleIndex>
  /// Whether something may turn out unreadable that others have to know of.
  private let canFail: Bool
  private var earlierFailures: [SampleFailure] = []
  private var earlierSeconds = 0.0
  /// The samples that somebody could not read.
  private(set) var unreadable: Set<SampleIndex>

  /// Streams the samples at `order`.
  /// - Parameter training: Where they are.
  /// - Parameter order: Their indices, in the order wanted.
  /// - Parameter unreadable: What need not be tried, as all processes know.
  /// - Parameter grain: How many samples of a batch stay with one process.
  init(
    _ training: SampleSet, order: ArraySlice<SampleIndex>, without unreadable: Set<SampleIndex>,
    augmenter: Augmenter?, grain: Int, _ options: Trainer.Options
  ) {
    makeStream = { order in
      BatchStream(
        training.dataset, order: order, batchSize: options.batchSize, lanes: options.lanes,
        policy: options.policy, augmenter: augmenter, job: options.job, grain: grain)
    }
    (batchSize, job, self.grain, self.unreadable) = (options.batchSize, options.job, grain, unreadable)
    whole = order
    self.order = unreadable.isEmpty ? order : order.filter { !unreadable.contains($0) }[...]
    stream = makeStream(Array(self.order))
    // Some may have to read what others have in memory.
    canFail = !job.isAlone && job.sum([stream.isInMemory ? 0 : 1])[0] > 0
  }

  /// What could not be read so far, in order; the first process gets to know it of all.
  func gatherFailures() throws -> [SampleFailure] {
    let gathered = try job.gather(failures)
    guard !job.isAlone, gathered.count > 1 else { return gathered }
    let failures = Dictionary(gathered.map { (SampleIndex($0.index), $0) }) { first, _ in first }
    return whole.compactMap { failures[$0] }
  }

  private var failures: [SampleFailure] { earlierFailures + stream.failures }

  /// How long this process waited for samples, in seconds.
  var waitingSeconds: Double { earlierSeconds + stream.waitingSeconds }

  /// The next batch, or nil at the end.
  /// - Throws: `SampleFailure` where the policy is to fail.
  func next() throws -> Share? {
    while let part = try stream.next() {
      guard !job.isAlone else { return Share(part: part, places: 0..<part.count, batch: part.indices[...]) }
      let batch = order.prefix(batchSize)
      let missing = canFail ? missingSamples(of: batch, part) : []
      guard missing.isEmpty else {
        leaveOut(missing, of: batch)
        continue
      }
      order = order.dropFirst(batch.count)
      return Share(part: part, places: job.part(of: batch.count, grain: grain), batch: batch)
    }
    return nil
  }

  /// What any process could not read of a batch. All of them ask at once.
  private func missingSamples(of batch: ArraySlice<SampleIndex>, _ part: Batch) -> Set<SampleIndex> {
    let present = Set(part.indices)
    var isMissing = [Double](repeating: 0, count: batch.count)
    for place in job.part(of: batch.count, grain: grain) {
      isMissing[place] = present.contains(batch[batch.startIndex + place]) ? 0 : 1
    }
    return Set(zip(batch, job.sum(isMissing)).filter { $0.1 > 0 }.map(\.0))
  }

  /// Closes the batches up behind samples, which moves others to other processes. What has been read is in the data set's
  /// memory, as far as that reaches.
  private func leaveOut(_ missing: Set<SampleIndex>, of batch: ArraySlice<SampleIndex>) {
    unreadable.formUnion(missing)
    order.replaceSubrange(batch.indices, with: batch.filter { !missing.contains($0) })
    earlierFailures = failures
    earlierSeconds = waitingSeconds
    stream.cancel()
    stream = makeStream(Array(order))
  }
}
