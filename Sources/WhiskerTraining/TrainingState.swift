import WhiskerData

/// Where a training stands: with the weights and what the optimizer remembers, all that it takes to go on from here and
/// to end in the same bytes. What is asked of it after every epoch is kept up to date, so that an epoch costs the same
/// however many there were.
struct TrainingState: Sendable {
  /// What decides which weights are best.
  let monitor: Monitor
  /// The finished epochs.
  private(set) var epochs: [EpochReport] = []
  /// The validations in the midst of epochs.
  private(set) var validations: [EpochReport] = []
  /// The epoch that is not finished; nil between epochs.
  var progress: EpochProgress?
  /// The samples that could not be read, in the order in which that was found out.
  private(set) var failures: [SampleFailure] = []
  /// The best weights so far, the first of equals.
  private(set) var best: EpochReport?
  /// The same of the averaged weights.
  private(set) var bestAverage: EpochReport?
  /// The place of the best of the finished epochs.
  private var bestEpoch = 0

  /// - Parameters:
  ///   - monitor: What decides which weights are best; nil for the validation loss.
  ///   - progress: The epoch that is not finished.
  ///   - failures: The samples that could not be read.
  init(monitor: Monitor? = nil, progress: EpochProgress? = nil, failures: [SampleFailure] = []) {
    (self.monitor, self.progress, self.failures) = (monitor ?? .validationLoss, progress, failures)
  }

  /// All validations.
  var reports: [EpochReport] { epochs + validations }

  mutating func append(epoch report: EpochReport) {
    epochs.append(report)
    if report.rank(by: monitor) < epochs[bestEpoch].rank(by: monitor) { bestEpoch = epochs.count - 1 }
    noteBest(report)
  }

  mutating func append(validation report: EpochReport) {
    validations.append(report)
    noteBest(report)
  }

  private mutating func noteBest(_ report: EpochReport) {
    best = [best, report].compactMap(\.self).best(by: monitor)
    bestAverage = [bestAverage, report].compactMap(\.self).bestAverage(by: monitor)
  }

  /// Why the training is at its end; nil where it is not.
  func ending(epochs count: Int, patience: Int?) -> TrainingOutcome.Reason? {
    guard progress == nil else { return nil }
    if epochs.count >= count { return .completed }
    // As many epochs as `patience` have brought no improvement.
    return patience.map { epochs.count - 1 - bestEpoch >= $0 } ?? false ? .stoppedEarly : nil
  }

  /// Gives the reports the times that the tables have for them.
  mutating func addTimes(fromResults results: String, validations table: String) {
    var timed = TrainingState(monitor: monitor, progress: progress, failures: failures)
    var (epochs, validations) = (epochs, validations)
    ResultsTable.addTimes(to: &epochs, from: results)
    ResultsTable.addTimes(to: &validations, from: table)
    for report in epochs { timed.append(epoch: report) }
    for report in validations { timed.append(validation: report) }
    self = timed
  }

  mutating func note(_ failed: [SampleFailure]) {
    guard !failed.isEmpty else { return }
    let known = Set(failures.map(\.name))
    failures += failed.filter { !known.contains($0.name) }
  }
}
