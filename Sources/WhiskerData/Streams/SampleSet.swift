/// Some samples of a data set: the training part or the validation part of a split.
public struct SampleSet: Sendable {
  /// Where the samples are.
  public let dataset: any Dataset
  /// The indices of the samples in the data set, ascending.
  public let indices: [SampleIndex]

  /// The samples at `indices`, or all, of a data set of fewer than 2^32.
  public init(_ dataset: any Dataset, indices: [SampleIndex]? = nil) {
    precondition(dataset.count <= Int(SampleIndex.max), "a sample's index has four bytes")
    self.dataset = dataset
    self.indices = indices ?? Array(0..<SampleIndex(dataset.count))
  }

  /// The number of samples.
  public var count: Int { indices.count }

  /// How many samples each class has, by label.
  public var classCounts: [Int] {
    var counts = [Int](repeating: 0, count: dataset.classNames.count)
    for index in indices { counts[dataset.label(at: Int(index))] += 1 }
    return counts
  }

  /// The samples in the order of a training epoch, counted from 1.
  public func shuffled(seed: UInt64, epoch: Int) -> [SampleIndex] {
    EpochOrder(of: indices, seed: seed, epoch: epoch).indices
  }

  /// Up to `count` of the samples, drawn at random, always the same.
  public func drawn(_ count: Int, seed: UInt64) -> SampleSet {
    // No epoch has the number 0.
    SampleSet(dataset, indices: shuffled(seed: seed, epoch: 0).prefix(count).sorted())
  }
}
