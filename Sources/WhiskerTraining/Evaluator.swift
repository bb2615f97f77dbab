import WhiskerData
import WhiskerNN
import WhiskerTensor

/// Measures a network on samples, with dropout off.
public struct Evaluator {
  private let network: any Classifier
  private let lanes: BatchStream.Lanes
  private let policy: BatchStream.ErrorPolicy
  private let job: any Communicator

  /// Measures `network`, reading ahead on `lanes`.
  /// - Parameter job: The processes that divide the samples; the first of them gets to know the result, the same to the
  ///   last bit however many there are.
  public init(
    _ network: any Classifier, lanes: BatchStream.Lanes, policy: BatchStream.ErrorPolicy = .skip,
    job: any Communicator = SingleProcess()
  ) {
    (self.network, self.lanes, self.policy, self.job) = (network, lanes, policy, job)
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
      samples.dataset, order: samples.indices, batchSize: network.capacity * job.size, lanes: lanes,
      policy: policy, job: job)
    var evaluation = Evaluation(classCount: network.classCount)
    while let batch = try stream.next() {
      let labels = labels.map { labels in batch.labels.map { Int32(labels[Int($0)]) } } ?? batch.labels
      let logits = network.forward(batch, pass: .inference)
      try MeasuredSamples(batch.indices, labels, logits).forEach(over: job) { measured in
        evaluation.add(measured.logits, labels: measured.labels)
        guard let see else { return }
        for row in measured.labels.indices { try see(measured.judgement(row)) }
      }
    }
    evaluation.failures = try job.gather(stream.failures).sorted { $0.index < $1.index }
    return evaluation
  }

  /// Measures every sample, and what a report tells of a run: a handful of samples worth looking at among it.
  func measureInDetail(_ samples: SampleSet) throws -> Measurement {
    var details = EvaluationDetails.shown(classCount: network.classCount)
    let evaluation = try measure(samples) { details.add($0) }
    return Measurement(evaluation: evaluation, details: details)
  }
}
