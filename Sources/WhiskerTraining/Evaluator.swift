import WhiskerData
import WhiskerNN
import WhiskerTensor

/// Measures a network on samples, with dropout off.
public struct Evaluator {
  private let network: Network
  private let lanes: BatchStream.Lanes
  private let policy: BatchStream.ErrorPolicy

  /// Measures `network`, reading ahead on `lanes`.
  public init(_ network: Network, lanes: BatchStream.Lanes, policy: BatchStream.ErrorPolicy = .skip) {
    (self.network, self.lanes, self.policy) = (network, lanes, policy)
  }

  /// Measures every sample, in the order of the set.
  /// - Parameter labels: The network's label for each label of the data set; nil where they are the same. A sample
  ///   whose class the network does not know must not be in the set.
  /// - Parameter shouldStop: Asked after every batch; the result is nil if it says so.
  /// - Throws: `SampleFailure` where the policy is to fail; `TrainingError` when not one sample can be read.
  public func measure(
    _ samples: SampleSet, labels: [Int]? = nil, shouldStop: () -> Bool = { false }
  ) throws -> Evaluation? {
    let stream = BatchStream(
      samples.dataset, order: samples.indices, batchSize: network.capacity, lanes: lanes, policy: policy)
    var evaluation = Evaluation(classCount: network.classCount)
    while var batch = try stream.next() {
      if let labels { batch.labels = batch.labels.map { Int32(labels[Int($0)]) } }
      let logits = network.forward(batch.images, count: batch.count, pass: .inference)
      evaluation.add(logits, labels: batch.labels)
      if shouldStop() { return nil }
    }
    evaluation.failures = stream.failures
    guard evaluation.count > 0 || samples.count == 0 else { throw TrainingError(unreadable(stream.failures)) }
    return evaluation
  }
}

/// The words for a set of which nothing can be read.
func unreadable(_ failures: [SampleFailure]) -> String {
  let first = failures.first.map { ": \($0.name) \($0.reason)" } ?? ""
  return "not one of \(failures.count) files can be read\(first)"
}
