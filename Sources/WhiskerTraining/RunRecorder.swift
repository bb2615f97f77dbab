import WhiskerData
import WhiskerNN
import WhiskerTensor

/// Keeps the files of a run as the training goes: every one of them is whole at any moment.
final class RunRecorder {
  private let session: TrainingSession
  private let folder: RunFolder
  private let optimizer: any Optimizer
  private var epochs: [EpochReport] = []
  private var hasBegun = false

  init(_ session: TrainingSession, _ folder: RunFolder, _ optimizer: any Optimizer) {
    (self.session, self.folder, self.optimizer) = (session, folder, optimizer)
  }

  /// Writes what is known before the first batch. Where an older run is replaced, that waits for the first model.
  func begin() throws {
    if !folder.replacesRun { try writeBeginning() }
  }

  private func writeBeginning() throws {
    hasBegun = true
    try AtomicFile.write(
      try StableJSON.page(Arguments(configuration: session.configuration)), to: folder.arguments)
    try SplitFile.write(training: session.training, validation: session.validation, to: folder.split)
    try writeResults()
  }

  func record(_ event: TrainingEvent) throws {
    switch event {
    case .epochEnded(let report): try keep(report)
    case .finished(let outcome): try conclude(outcome)
    case .epochStarted, .batchEnded: break
    }
  }

  private func keep(_ report: EpochReport) throws {
    let isBest = epochs.allSatisfy { report.decisiveLoss < $0.decisiveLoss }
    epochs.append(report)
    try writeModel(report, optimizer: optimizer, to: folder.last)
    try replaceOlderRun()
    if isBest { try writeModel(report, optimizer: nil, to: folder.best) }
    try writeResults()
  }

  private func conclude(_ outcome: TrainingOutcome) throws {
    // Weights that moved on since the last epoch are kept too, under what is known of them.
    if outcome.batchesBeyond > 0 || epochs.isEmpty {
      try writeModel(nil, optimizer: optimizer, to: folder.last)
      try replaceOlderRun()
    }
    try AtomicFile.write(try StableJSON.page(RunMetrics(outcome, session)), to: folder.metrics)
  }

  private func replaceOlderRun() throws {
    guard !hasBegun else { return }
    try writeBeginning()
    folder.removeReplaced()
  }

  private func writeModel(_ report: EpochReport?, optimizer: (any Optimizer)?, to path: String) throws {
    var summary = Model.TrainingSummary(
      seed: session.configuration.seed, steps: self.optimizer.steps, report: report)
    summary.epoch = epochs.count
    try Model.write(
      session.network, classNames: session.source.classNames,
      preprocessing: session.configuration.preprocessing,
      summary: summary, optimizer: optimizer, to: path)
  }

  private func writeResults() throws {
    let header = ["epoch", "loss", "accuracy", "val_loss", "val_accuracy", "seconds", "images_per_second"]
    let rows = epochs.map { report in
      [
        "\(report.epoch)", fixed(report.loss, 6), fixed(report.accuracy, 6),
        report.validationLoss.map { fixed($0, 6) } ?? "",
        report.validationAccuracy.map { fixed($0, 6) } ?? "",
        fixed(report.seconds, 3), fixed(report.imagesPerSecond, 1),
      ]
    }
    try AtomicFile.write(([header] + rows).map(CSV.row).joined(), to: folder.results)
  }
}

/// What `args.json` holds: the configuration, and the version that it was meant for.
private struct Arguments: Encodable {
  var whisker = Version.current
  var configuration: TrainingConfiguration

  private enum CodingKeys: String, CodingKey { case whisker, configuration }
}
