import WhiskerTensor

/// The order of the samples in one epoch: a shuffle of the whole set, a pure function of seed and epoch.
public struct EpochOrder: Sendable {
  /// A permutation of `0 ..< count`.
  public let positions: [Int]

  /// The order of `count` samples in the given epoch, counted from 1.
  /// - Complexity: O(count), no buffer but the permutation itself.
  public init(count: Int, seed: UInt64, epoch: Int) {
    var random = RandomStream(seed: seed, purpose: .epochOrder, step: UInt32(truncatingIfNeeded: epoch))
    var positions = Array(0..<count)
    random.shuffle(&positions)
    self.positions = positions
  }
}
