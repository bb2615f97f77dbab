import WhiskerTensor

/// Keeps the page of a run as the training goes, as often as somebody may look and no more often.
final class RunReporter {
  private let session: TrainingSession
  private let arguments: Checkpoint.Arguments
  private let path: String
  private let folder: String
  private var written: ContinuousClock.Instant?
  private var cost = Duration.zero
  private let start = ContinuousClock.now

  /// Epochs may be shorter than a look at the page.
  private static let epochInterval = Duration.seconds(1)
  /// Within an epoch, only how far it has come is new.
  private static let batchInterval = Duration.seconds(2)
  /// The page of a long training takes longer to write, and is written the less often.
  private static let intervalPerCost = 20

  /// Keeps the page of the run in `folder`.
  init(_ session: TrainingSession, _ arguments: Checkpoint.Arguments, in folder: RunFolder) {
    (self.session, self.arguments) = (session, arguments)
    (path, self.folder) = (folder.report, folder.finalPath)
  }

  /// Writes the page, if it is time.
  /// - Throws: `FileError` when it cannot be written; the old page is then whole.
  func note(_ event: TrainingEvent, _ state: TrainingState, _ best: BestWeights?) throws {
    switch event {
    case .batchEnded(let report):
      guard isDue(after: Self.batchInterval, since: written ?? start) else { return }
      try write(.running(report), state, best)
    case .epochEnded:
      if let written, !isDue(after: Self.epochInterval, since: written) { return }
      try write(.running(nil), state, best)
    case .finished(let outcome): try write(.ended(outcome), state, best)
    case .epochStarted, .validationStarted, .validated, .checkpoint: break
    }
  }

  private func isDue(after interval: Duration, since instant: ContinuousClock.Instant) -> Bool {
    ContinuousClock.now - instant >= max(interval, cost * Self.intervalPerCost)
  }

  private func write(_ standing: RunReport.Standing, _ state: TrainingState, _ best: BestWeights?) throws {
    let start = ContinuousClock.now
    let report = RunReport(
      session: session, arguments: arguments, path: folder, state: state, standing: standing,
      bestWeights: best)
    try AtomicFile.write(report.page.text, to: path)
    written = .now
    cost = .now - start
  }
}
