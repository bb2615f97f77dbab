import WhiskerData
import WhiskerNN

/// Measures the loss that adaptive dropout rates follow, and sets the rates.
struct DropoutController {
  private let adaptation: DropoutAdaptation
  private let network: Network
  private let evaluator: Evaluator
  /// Training samples, always the same.
  private let samples: SampleSet

  /// So many samples give the mean loss to a few percent in a fraction of an epoch's time.
  private static let sampleLimit = 2048

  /// Nil for fixed rates, and without validation samples.
  init?(_ network: Network, training: SampleSet, validation: SampleSet?, _ options: Trainer.Options) {
    guard let adaptation = options.dropoutAdaptation, let validation, validation.count > 0 else { return nil }
    (self.adaptation, self.network) = (adaptation, network)
    evaluator = Evaluator(network, readAhead: options.readAhead, policy: options.policy)
    samples = training.drawn(min(validation.count, Self.sampleLimit), seed: options.seed)
  }

  /// The current rates, and the loss on the training samples; nil if none of them can be read.
  func read() throws -> EpochReport.Dropout? {
    let evaluation = try evaluator.measure(samples)
    guard evaluation.count > 0 else { return nil }
    return .init(rates: network.specification.dropoutRates, trainingLoss: evaluation.loss)
  }

  /// Sets the rates that follow from the last validation.
  func adapt(after state: TrainingState, stepsPerEpoch: Int) throws {
    let rates = state.dropoutRates(
      adaptation, classCount: network.classCount, stepsPerEpoch: stepsPerEpoch)
    if let rates { try network.setDropout(rates) }
  }
}

extension TrainingState {
  /// The rates that follow from the last validation; nil before the first.
  func dropoutRates(_ adaptation: DropoutAdaptation, classCount: Int, stepsPerEpoch: Int) -> [Double]? {
    let reports = (epochs.suffix(2) + validations.suffix(2)).sorted { $0.step < $1.step }
    guard let last = reports.last, let dropout = last.dropout, let loss = last.validationLoss else {
      return nil
    }
    let steps = last.step - (reports.dropLast().last?.step ?? 0)
    return adaptation.rates(
      after: dropout.rates, gap: loss - dropout.trainingLoss, classCount: classCount,
      epochs: Double(steps) / Double(stepsPerEpoch))
  }
}
