import WhiskerData
import WhiskerNN
import WhiskerTensor

/// Measures a network on samples, with dropout off.
public struct Evaluator {
  private let network: any Classifier
  private let lanes: BatchStream.Lanes
  private let policy: BatchStream.ErrorPolicy

  /// Measures `network`, reading ahead on `lanes`.
  public init(_ network: any Classifier, lanes: BatchStream.Lanes, policy: BatchStream.ErrorPolicy = .skip) {
    (self.network, self.lanes, self.policy) = (network, lanes, policy)
  }

  /// Measures every sample, in the order of the set.
  /// - Parameter samples: The samples.
  /// - Parameter labels: The network's label for each label of the data set; nil where they are the same. A sample
  ///   whose class the network does not know must not be in the set.
  /// - Parameter see: Is shown every sample as it is measured; nil costs nothing.
  /// - Throws: `SampleFailure` where the policy is to fail; what `see` throws.
  public func measure(
    _ samples: SampleSet, labels: [Int]? = nil, _ see: ((Judgement) throws -> Void)? = nil
  ) throws -> Evaluation {
    let stream = BatchStream(
      samples.dataset, order: samples.indices, batchSize: network.capacity, lanes: lanes, policy: policy)
    var evaluation = Evaluation(classCount: network.classCount)
    while var batch = try stream.next() {
      if let labels { batch.labels = batch.labels.map { Int32(labels[Int($0)]) } }
      let logits = network.forward(batch, pass: .inference)
      evaluation.add(logits, labels: batch.labels)
      guard let see else { continue }
      for (row, label) in batch.labels.enumerated() {
        try see(
          Judgement(
            index: Int(batch.indices[row]), label: Int(label), logits: logits, row: row,
            classCount: network.classCount))
      }
    }
    evaluation.failures = stream.failures
    return evaluation
  }

  /// Measures every sample, and what a report tells of a run: a handful of samples worth looking at among it.
  func measureInDetail(_ samples: SampleSet) throws -> Measurement {
    var details = EvaluationDetails.shown(classCount: network.classCount)
    let evaluation = try measure(samples) { details.add($0) }
    return Measurement(evaluation: evaluation, details: details)
  }
}
