/// Some samples of a data set: the training part or the validation part of a split.
public struct SampleSet: Sendable {
  public let dataset: any Dataset
  /// The indices of the samples in the data set, ascending.
  public let indices: [Int]

  /// The samples at `indices`, or all.
  public init(_ dataset: any Dataset, indices: [Int]? = nil) {
    self.dataset = dataset
    self.indices = indices ?? Array(0..<dataset.count)
  }

  /// The number of samples.
  public var count: Int { indices.count }

  /// How many samples each class has, by label.
  public var classCounts: [Int] {
    var counts = [Int](repeating: 0, count: dataset.classNames.count)
    for index in indices { counts[dataset.label(at: index)] += 1 }
    return counts
  }

  /// The samples in the order of a training epoch, counted from 1.
  public func shuffled(seed: UInt64, epoch: Int) -> [Int] {
    EpochOrder(count: count, seed: seed, epoch: epoch).positions.map { indices[$0] }
  }
}
