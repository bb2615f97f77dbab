import WhiskerData

/// The state of a training: with the weights and the optimizer's state, everything needed to continue and
/// to end in the same bytes. The bests are kept up to date, so that an epoch costs the same
/// however many came before it.
package struct TrainingState: Sendable {
  /// The metric that decides which weights are best.
  package let monitor: Monitor
  /// The finished epochs.
  package private(set) var epochs: [EpochReport] = []
  /// The validations within epochs.
  package private(set) var validations: [EpochReport] = []
  /// The unfinished epoch; nil between epochs.
  package var progress: EpochProgress?
  /// The unreadable samples, in the order in which they were found.
  package private(set) var failures: [SampleFailure] = []
  /// The best weights so far, the first of equals.
  package private(set) var best: EpochReport?
  /// The best averaged weights so far.
  package private(set) var bestAverage: EpochReport?
  /// The index of the best finished epoch.
  private var bestEpoch = 0

  /// - Parameters:
  ///   - monitor: The metric that decides which weights are best.
  ///   - progress: The unfinished epoch.
  ///   - failures: The unreadable samples.
  init(monitor: Monitor = .validationLoss, progress: EpochProgress? = nil, failures: [SampleFailure] = []) {
    (self.monitor, self.progress, self.failures) = (monitor, progress, failures)
  }

  /// All validations.
  package var reports: [EpochReport] { epochs + validations }

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

  /// The reason why the training has ended; nil if it has not.
  func ending(epochs count: Int, patience: Int?) -> TrainingOutcome.Reason? {
    guard progress == nil else { return nil }
    if epochs.count >= count { return .completed }
    // The last `patience` epochs brought no improvement.
    return patience.map { epochs.count - 1 - bestEpoch >= $0 } ?? false ? .stoppedEarly : nil
  }

  /// Adds the times of the tables to the reports.
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
