import WhiskerData
import WhiskerNN
import WhiskerCore

/// Measures a network on samples, with dropout off.
public struct Evaluator {
  private let network: any Classifier
  private let readAhead: ReadAhead
  private let policy: BatchStream.ErrorPolicy
  private let communicator: any Communicator

  /// Measures `network`, reading ahead on `workers`.
  /// - Parameter communicator: The processes that share the samples. The first one gets the result, which is the same to the
  ///   last bit for any number of processes.
  public init(
    _ network: any Classifier, readAhead: ReadAhead, policy: BatchStream.ErrorPolicy = .skip,
    communicator: any Communicator = SingleProcess()
  ) {
    (self.network, self.readAhead, self.policy, self.communicator) = (
      network, readAhead, policy, communicator
    )
  }

  /// Measures every sample, in the order of the set.
  /// - Parameter samples: The samples.
  /// - Parameter labels: The network's label for each label of the dataset; nil where they are the same. A sample
  ///   whose class the network lacks must not be in the set.
  /// - Parameter see: Called with every sample; nil costs nothing.
  /// - Throws: `SampleFailure` where the policy is to fail; what `see` throws.
  public func measure(
    _ samples: SampleSet, labels: [Int]? = nil, _ see: ((SampleResult) throws -> Void)? = nil
  ) throws -> Evaluation {
    try measureBatches(samples, labels: labels) { measured in
      guard let see else { return }
      for row in measured.labels.indices { try see(measured.judgement(row)) }
    }
  }

  /// - Parameter see: Called in the first process with the samples of every batch, in order.
  private func measureBatches(
    _ samples: SampleSet, labels: [Int]? = nil, _ see: (MeasuredSamples) throws -> Void
  ) throws -> Evaluation {
    let stream = BatchStream(
      samples.dataset, order: samples.indices, batchSize: network.capacity * communicator.size,
      readAhead: readAhead,
      policy: policy, communicator: communicator)
    var evaluation = Evaluation(classCount: network.classCount)
    while let batch = try stream.next() {
      let labels = labels.map { labels in batch.labels.map { Int32(labels[Int($0)]) } } ?? batch.labels
      let logits = network.forward(batch, pass: .inference)
      try MeasuredSamples(batch.indices, labels, logits).forEach(over: communicator) { measured in
        evaluation.add(measured.logits, labels: measured.labels)
        try see(measured)
      }
    }
    evaluation.failures = try communicator.gather(stream.failures).sorted { $0.index < $1.index }
    return evaluation
  }

  /// Measures every sample, with the details for a report, and fits the temperature.
  func measureInDetail(_ samples: SampleSet) throws -> EvaluationResult {
    var details = EvaluationDetails.shown(classCount: network.classCount)
    var fit = TemperatureFit(
      count: communicator.isFirst ? samples.count : 0, classCount: network.classCount)
    let evaluation = try measureBatches(samples) { measured in
      for row in measured.labels.indices { details.add(measured.judgement(row)) }
      fit.add(measured.logits, labels: measured.labels)
    }
    let fitted = fit.result
    details.calibrated = fitted?.probabilities
    return EvaluationResult(evaluation: evaluation, details: details, temperature: fitted?.scaling)
  }
}
