import WhiskerData

/// Where a training stands: with the weights and what the optimizer remembers, all that it takes to go on from here and
/// to end in the same bytes.
struct TrainingState: Sendable, Codable {
  /// The finished epochs.
  var epochs: [EpochReport] = []
  /// The validations in the midst of epochs.
  var validations: [EpochReport] = []
  /// The epoch that is not finished; nil between epochs.
  var progress: EpochProgress?
  /// The samples that could not be read, in the order in which that was found out.
  var failures: [SampleFailure] = []

  /// What was measured with the lowest loss, the first of equals.
  var best: EpochReport? { (epochs + validations).best }
  /// The same of the averaged weights.
  var bestAverage: EpochReport? { (epochs + validations).filter { $0.averaged != nil }.bestAverage }

  /// Why the training is at its end; nil where it is not.
  func ending(epochs count: Int, patience: Int?) -> TrainingOutcome.Reason? {
    guard progress == nil else { return nil }
    if epochs.count >= count { return .completed }
    return hasStalled(patience: patience) ? .stoppedEarly : nil
  }

  /// Whether as many epochs as `patience` have brought no improvement.
  private func hasStalled(patience: Int?) -> Bool {
    guard let patience else { return false }
    let losses = epochs.map(\.decisiveLoss)
    let best = losses.indices.min { losses[$0] < losses[$1] } ?? 0
    return losses.count - 1 - best >= patience
  }

  /// Without the times, so that what is kept of a training depends on nothing but the training.
  var untimed: TrainingState {
    var state = self
    state.epochs = epochs.map(\.untimed)
    state.validations = validations.map(\.untimed)
    return state
  }

  mutating func note(_ failed: [SampleFailure]) {
    guard !failed.isEmpty else { return }
    let known = Set(failures.map(\.name))
    failures += failed.filter { !known.contains($0.name) }
  }
}

extension EpochReport {
  fileprivate var untimed: EpochReport {
    var report = self
    (report.seconds, report.imagesPerSecond, report.waitingShare) = (0, 0, 0)
    return report
  }
}

extension [EpochReport] {
  /// The report with the lowest loss, the earliest of equals.
  var best: EpochReport? { self.min { ($0.decisiveLoss, $0.step) < ($1.decisiveLoss, $1.step) } }

  var bestAverage: EpochReport? {
    self.min { ($0.averaged?.loss ?? .infinity, $0.step) < ($1.averaged?.loss ?? .infinity, $1.step) }
  }
}
