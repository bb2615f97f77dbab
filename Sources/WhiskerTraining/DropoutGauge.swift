import WhiskerData
import WhiskerNN

/// Measures what dropout rates that follow a training go by, and sets them.
struct DropoutGauge {
  private let adaptation: DropoutAdaptation
  private let network: Network
  private let evaluator: Evaluator
  /// Training samples, always the same.
  private let samples: SampleSet

  /// As many samples tell the mean loss to a few per cent, and take a fraction of an epoch's time.
  private static let sampleLimit = 2048

  /// Nil where the options do not want it, and where there is nothing to go by.
  init?(_ network: Network, training: SampleSet, validation: SampleSet?, _ options: Trainer.Options) {
    guard let adaptation = options.dropoutAdaptation, let validation, validation.count > 0 else { return nil }
    (self.adaptation, self.network) = (adaptation, network)
    evaluator = Evaluator(network, lanes: options.lanes, policy: options.policy)
    samples = training.drawn(min(validation.count, Self.sampleLimit), seed: options.seed)
  }

  /// The rates as they are, and the loss on the training samples; nil where none of them can be read.
  func read() throws -> EpochReport.Dropout? {
    let evaluation = try evaluator.measure(samples)
    guard evaluation.count > 0 else { return nil }
    return .init(rates: network.specification.dropoutRates, trainingLoss: evaluation.loss)
  }

  /// Sets the rates as the last validation wants them.
  func adapt(after state: TrainingState, stepsPerEpoch: Int) throws {
    let rates = state.dropoutRates(
      adaptation, classCount: network.classCount, stepsPerEpoch: stepsPerEpoch)
    if let rates { try network.setDropout(rates) }
  }
}
