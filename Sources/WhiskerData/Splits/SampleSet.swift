import WhiskerCore

/// The index of a sample in its dataset, in four bytes: millions of samples are split, shuffled and streamed in little memory.
public typealias SampleIndex = UInt32

/// Some samples of a dataset, such as its training split.
public struct SampleSet: Sendable {
  /// The dataset of the samples.
  public let dataset: any Dataset
  /// The indices of the samples in the dataset, ascending.
  public let indices: [SampleIndex]

  /// The samples at `indices`, or all, of a dataset of fewer than 2^32.
  public init(_ dataset: any Dataset, indices: [SampleIndex]? = nil) {
    precondition(dataset.count <= Int(SampleIndex.max), "a sample's index has four bytes")
    self.dataset = dataset
    self.indices = indices ?? Array(0..<SampleIndex(dataset.count))
  }

  /// The number of samples.
  public var count: Int { indices.count }

  /// The number of samples of each class, by label.
  public var classCounts: [Int] {
    var counts = [Int](repeating: 0, count: dataset.classNames.count)
    for index in indices { counts[dataset.label(at: Int(index))] += 1 }
    return counts
  }

  /// The samples in the order of a training epoch, counted from 1.
  public func shuffled(seed: UInt64, epoch: Int) -> [SampleIndex] {
    EpochOrder(of: indices, seed: seed, epoch: epoch).indices
  }

  /// Up to `count` of the samples, drawn at random as the seed decides.
  public func drawn(_ count: Int, seed: UInt64) -> SampleSet {
    // Epochs are counted from 1, so that this order is no epoch's.
    SampleSet(dataset, indices: shuffled(seed: seed, epoch: 0).prefix(count).sorted())
  }
}

/// The order of the samples in one epoch: a shuffle of the whole set, a pure function of seed and epoch.
public struct EpochOrder: Sendable {
  /// The indices of the samples in their dataset, in the order of the epoch.
  public let indices: [SampleIndex]

  /// The order of the samples at `indices` in the given epoch, counted from 1.
  /// - Complexity: O(count); four bytes a sample.
  public init(of indices: [SampleIndex], seed: UInt64, epoch: Int) {
    var random = RandomStream(seed: seed, purpose: .epochOrder, step: UInt32(truncatingIfNeeded: epoch))
    var shuffled = indices
    random.shuffle(&shuffled)
    self.indices = shuffled
  }
}
