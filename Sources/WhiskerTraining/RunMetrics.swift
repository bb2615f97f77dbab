import WhiskerData

/// What a run came to: the contents of `metrics.json`.
struct RunMetrics: Encodable {
  struct ClassCount: Encodable {
    let name: String
    let training: Int
    let validation: Int
    /// How many of both could not be read.
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

  init(_ outcome: TrainingOutcome, validations: [EpochReport], _ session: TrainingSession) {
    (ended, best, best_average) = (outcome.reason, outcome.best, outcome.bestAverage)
    (epochs, self.validations) = (outcome.epochs, validations)
    let (training, validation) = (session.training.classCounts, session.validation.classCounts)
    let unread = SkippedClass.counts(outcome.failures, in: [session.training, session.validation])
    classes = session.source.classNames.enumerated().map { label, name in
      ClassCount(
        name: name, training: training[label], validation: validation[label], skipped: unread[label])
    }
    skipped =
      outcome.failures.map { Skipped(path: $0.name, reason: $0.reason) }
      + session.source.refused.map { Skipped(path: $0.path, reason: $0.problem) }
  }
}
