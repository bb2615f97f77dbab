import WhiskerData

/// The contents of `metrics.json`.
struct RunMetrics: Encodable {
  struct ClassCount: Encodable {
    let name: String
    let training: Int
    let validation: Int
    /// The number of unreadable samples of both.
    let skipped: Int
  }

  struct Skipped: Encodable {
    let path: String
    let reason: String
  }

  let ended: TrainingOutcome.Reason
  let best: EpochReport?
  let best_average: EpochReport?
  let epochs: [EpochReport]
  let validations: [EpochReport]
  let classes: [ClassCount]
  let skipped: [Skipped]

  init(_ outcome: TrainingOutcome, _ context: TrainingContext) {
    (ended, best, best_average) = (outcome.reason, outcome.best, outcome.bestAverage)
    (epochs, validations) = (outcome.epochs, context.state.validations)
    let (training, validation) = (context.training.classCounts, context.validation.classCounts)
    let unread = SkippedClass.counts(outcome.failures, in: [context.training, context.validation])
    classes = context.source.classNames.enumerated().map { label, name in
      ClassCount(
        name: name, training: training[label], validation: validation[label], skipped: unread[label])
    }
    skipped =
      outcome.failures.map { Skipped(path: $0.name, reason: $0.reason.text(naming: context.settingName)) }
      + context.source.refused.map {
        Skipped(path: $0.path, reason: $0.problem.text(naming: context.settingName))
      }
  }
}
