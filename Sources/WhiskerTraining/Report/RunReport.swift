import WhiskerData
import WhiskerTensor

/// Everything that a run tells, as a page.
struct RunReport {
  /// Whether the training goes on.
  enum Standing {
    case running(BatchReport?)
    case ended(TrainingOutcome)
  }

  let session: TrainingSession
  let arguments: Checkpoint.Arguments
  /// The run's folder.
  let path: String
  let state: TrainingState
  let standing: Standing
  let bestWeights: BestWeights?

  var epochs: [EpochReport] { state.epochs }
  var validations: [EpochReport] { state.validations }
  var best: EpochReport? { state.best }
  /// The best where it is an epoch, and not a validation within one.
  var bestEpoch: EpochReport? {
    best.flatMap { best in
      epochs.indices.contains(best.epoch - 1) && epochs[best.epoch - 1].step == best.step ? best : nil
    }
  }
  var hasValidation: Bool { best?.validationLoss != nil }
  var configuration: TrainingConfiguration { session.configuration }
  var classNames: [String] { session.source.classNames }

  var page: ReportPage {
    let verdict = RunVerdict(session, path: path, state, standing, bestWeights)
    return ReportPage(
      title: "\(verdict.tab) · \(path)",
      subject: "Training run <b>\(path)</b> on <b>\(configuration.data)</b>",
      verdict: verdict.sentence, remarks: verdict.remarks, progress: progress,
      figures: RunFigures(report: self).figures, sections: sections)
  }

  /// How far it has come, 0 to 1; nil for what is done.
  private var progress: Double? {
    guard case .running(let batch) = standing else { return nil }
    let begun = batch.flatMap {
      $0.epoch > epochs.count ? Double($0.batch) / Double(max(1, $0.batchCount)) : nil
    }
    return min(1, (Double(epochs.count) + (begun ?? 0)) / Double(configuration.epochs))
  }

  private var sections: [ReportSection] {
    let network = session.network
    let balance = BalanceSection(
      classNames: classNames, training: session.training.classCounts,
      validation: session.validation.classCounts)
    return CurveSections(report: self).sections + measured.scores + [balance.section] + measured.pictures
      + (bestWeights?.filters.map { [$0.section] } ?? [])
      + [NetworkSection(network.specification, input: network.inputShape, shapes: network.shapes).section]
      + [EpochSection(report: self).section, skipped, RecipeSection(report: self).section]
  }

  private var measured: MeasuredSections {
    MeasuredSections(
      measurement: bestWeights?.measurement, dataset: session.validation.dataset, classNames: classNames,
      nothing: session.validation.count > 0
        ? "There is something to tell once the validation pictures have been measured."
        : "No picture was held back, so there is nothing to tell how the network does on new ones. "
          + "Measure it on others: whisker evaluate --report report.html \(ShellWords([path]).text) DATA")
  }

  private var skipped: ReportSection {
    let failures = state.failures.sorted { $0.name < $1.name }.map { ($0.name, $0.reason) }
    return SkippedSection(files: failures + session.source.refused.map { ($0.path, $0.problem) }).section
  }
}
