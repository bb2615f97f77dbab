import WhiskerTensor

/// The order of the samples in one epoch: a shuffle of the whole set, a pure function of seed and epoch.
public struct EpochOrder: Sendable {
  /// The indices of the samples in their data set, in the order of the epoch.
  public let indices: [SampleIndex]

  /// The order of the samples at `indices` in the given epoch, counted from 1.
  /// - Complexity: O(count), in place in the copy that is kept: four bytes a sample.
  public init(of indices: [SampleIndex], seed: UInt64, epoch: Int) {
    var random = RandomStream(seed: seed, purpose: .epochOrder, step: UInt32(truncatingIfNeeded: epoch))
    var shuffled = indices
    random.shuffle(&shuffled)
    self.indices = shuffled
  }
}
