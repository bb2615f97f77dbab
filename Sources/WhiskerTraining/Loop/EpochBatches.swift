import WhiskerData
import WhiskerCore

/// The batches of an epoch, or of the rest of one. With several processes, each gets a part of every batch.
///
/// An unreadable sample is skipped, and the next samples move up. All processes skip what one of them cannot read,
/// so that the batches are those of a single process.
final class EpochBatches {
  /// A batch, and this process's part of it.
  struct Share {
    let part: Batch
    /// The part's positions in the batch.
    let places: Range<Int>
    /// The indices of all samples of the batch.
    let batch: ArraySlice<SampleIndex>
  }

  private let makeStream: ([SampleIndex]) -> BatchStream
  private let mix: (Batch) -> Batch
  private let batchSize: Int
  private let grain: Int
  private let communicator: any Communicator
  private let whole: ArraySlice<SampleIndex>
  private var stream: BatchStream
  /// The remaining samples of all processes.
  private var order: ArraySlice<SampleIndex>
  /// Whether a process may find unreadable samples that the others must learn of.
  private let canFail: Bool
  private var earlierFailures: [SampleFailure] = []
  private var earlierSeconds = 0.0
  /// The samples that a process could not read.
  private(set) var unreadable: Set<SampleIndex>

  /// Streams samples in an order.
  /// - Parameter training: The samples.
  /// - Parameter order: Their indices, in order.
  /// - Parameter unreadable: Samples that are skipped, the same in all processes.
  /// - Parameter epoch: The epoch, which decides how samples are augmented and mixed.
  /// - Parameter grain: The number of samples that are never split between processes.
  init(
    _ training: SampleSet, order: ArraySlice<SampleIndex>, without unreadable: Set<SampleIndex>,
    epoch: Int, grain: Int, _ options: Trainer.Options
  ) {
    let (shape, grain) = (training.dataset.preprocessing, max(grain, options.mixing.grain))
    let augmenter =
      options.augmentation.isIdentity
      ? nil : Augmenter(options.augmentation, shape, seed: options.seed, epoch: epoch)
    makeStream = { order in
      BatchStream(
        training.dataset, order: order, batchSize: options.batchSize, readAhead: options.readAhead,
        policy: options.policy, augmenter: augmenter, communicator: options.communicator, grain: grain)
    }
    mix = { options.mixing.mixed($0, shape, seed: options.seed, epoch: epoch) }
    (batchSize, communicator, self.grain, self.unreadable) = (
      options.batchSize, options.communicator, grain, unreadable
    )
    whole = order
    self.order = unreadable.isEmpty ? order : order.filter { !unreadable.contains($0) }[...]
    stream = makeStream(Array(self.order))
    // One process may have to read what another one has in memory.
    canFail = !communicator.isAlone && communicator.sum([stream.isInMemory ? 0 : 1])[0] > 0
  }

  /// The unreadable samples so far, in order; in the first process those of all processes.
  func gatherFailures() throws -> [SampleFailure] {
    let gathered = try communicator.gather(failures)
    guard !communicator.isAlone, gathered.count > 1 else { return gathered }
    let failures = Dictionary(gathered.map { (SampleIndex($0.index), $0) }) { first, _ in first }
    return whole.compactMap { failures[$0] }
  }

  private var failures: [SampleFailure] { earlierFailures + stream.failures }

  /// The time that this process waited for samples, in seconds.
  var waitingSeconds: Double { earlierSeconds + stream.waitingSeconds }

  /// The next batch, or nil at the end.
  /// - Throws: `SampleFailure` where the policy is to fail.
  func next() throws -> Share? {
    while let part = try stream.next() {
      guard !communicator.isAlone else {
        return Share(part: mix(part), places: 0..<part.count, batch: part.indices[...])
      }
      let batch = order.prefix(batchSize)
      let missing = canFail ? missingSamples(of: batch, part) : []
      guard missing.isEmpty else {
        leaveOut(missing, of: batch)
        continue
      }
      order = order.dropFirst(batch.count)
      return Share(part: mix(part), places: communicator.part(of: batch.count, grain: grain), batch: batch)
    }
    return nil
  }

  /// The samples of a batch that a process could not read. All processes call this together.
  private func missingSamples(of batch: ArraySlice<SampleIndex>, _ part: Batch) -> Set<SampleIndex> {
    let present = Set(part.indices)
    var isMissing = [Double](repeating: 0, count: batch.count)
    for place in communicator.part(of: batch.count, grain: grain) {
      isMissing[place] = present.contains(batch[batch.startIndex + place]) ? 0 : 1
    }
    return Set(zip(batch, communicator.sum(isMissing)).filter { $0.1 > 0 }.map(\.0))
  }

  /// Removes samples, which moves later ones to other processes. Samples that were already read come from the dataset's
  /// cache, as far as that reaches.
  private func leaveOut(_ missing: Set<SampleIndex>, of batch: ArraySlice<SampleIndex>) {
    unreadable.formUnion(missing)
    order.replaceSubrange(batch.indices, with: batch.filter { !missing.contains($0) })
    earlierFailures = failures
    earlierSeconds = waitingSeconds
    stream.cancel()
    stream = makeStream(Array(order))
  }
}
