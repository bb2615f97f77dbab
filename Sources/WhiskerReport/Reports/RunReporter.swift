import WhiskerCore
import WhiskerTraining

/// Writes the report of a run while it trains: at most every second, and at its end.
public final class RunReporter: TrainingObserver {
  /// The verdict on the run; nil before its end.
  public private(set) var verdict: TrainingVerdict?
  private let folder: RunFolder
  private var written: ContinuousClock.Instant?
  private var cost = Duration.zero
  /// Some augmented samples, drawn once.
  private var sheet: AugmentationSheet?
  private let start = ContinuousClock.now

  /// Epochs may be shorter.
  private static let epochInterval = Duration.seconds(1)
  /// Within an epoch, only the progress is new.
  private static let batchInterval = Duration.seconds(2)
  /// The page of a long training takes longer to write, and is written less often.
  private static let intervalPerCost = 20

  /// Writes the report of the run in `folder`.
  public init(_ folder: RunFolder) { self.folder = folder }

  /// Writes the report, if it is time.
  /// - Throws: `FileError` when it cannot be written. An older report then stays whole.
  public func observe(_ event: TrainingEvent, _ context: TrainingContext) throws {
    switch event {
    case .batchEnded(let report):
      guard isDue(after: Self.batchInterval, since: written ?? start) else { return }
      try write(.running(report), context)
    case .epochEnded:
      if let written, !isDue(after: Self.epochInterval, since: written) { return }
      try write(.running(nil), context)
    case .finished(let outcome):
      try write(.ended(outcome), context)
      verdict = TrainingVerdict(RunVerdict(report(.ended(outcome), context)))
    case .epochStarted, .validationStarted, .validated, .checkpoint: break
    }
  }

  private func isDue(after interval: Duration, since instant: ContinuousClock.Instant) -> Bool {
    ContinuousClock.now - instant >= max(interval, cost * Self.intervalPerCost)
  }

  private func report(_ standing: RunReport.Standing, _ context: TrainingContext) -> RunReport {
    RunReport(context: context, path: folder.finalPath, standing: standing, augmentation: sheet)
  }

  /// A sheet that adds little to the size of the page; nil without augmentation, or where no sample can be read.
  private func drawSheet(_ context: TrainingContext) -> AugmentationSheet? {
    let configuration = context.configuration
    guard !configuration.data.augmentation.isIdentity else { return nil }
    var size = AugmentationSheet.Size()
    (size.samples, size.epochs, size.byteBudget) = (4, 6, 1 << 18)
    return try? AugmentationSheet(
      context.training, configuration.data.augmentation, seed: configuration.seed, size: size)
  }

  private func write(_ standing: RunReport.Standing, _ context: TrainingContext) throws {
    // The folder still holds the report of the run that is to be replaced.
    guard context.isInPlace else { return }
    let start = ContinuousClock.now
    if written == nil { sheet = drawSheet(context) }
    try AtomicFile.write(report(standing, context).page.text, to: folder.report)
    written = .now
    cost = .now - start
  }
}
