import WhiskerNN
import WhiskerTensor
import WhiskerTraining

/// What is known of a sweep before its first training.
struct SweepIntroduction {
  private let sweep: Sweep
  private let verbosity: TrainingDisplay.Verbosity

  init(_ sweep: Sweep, _ verbosity: TrainingDisplay.Verbosity) {
    (self.sweep, self.verbosity) = (sweep, verbosity)
  }

  /// - Throws: What does not fit, before anything is trained.
  func tell() throws {
    let session = try sweep.firstSession()
    guard verbosity != .silent else { return }
    TrainingDisplay.tellSetup(session)
    let configuration = sweep.configuration
    let count = counted(configuration.trainingCount, "training")
    let settings = counted(configuration.settings.count, "setting")
    let seeds = counted(configuration.seeds.count, "seed")
    Terminal.tell(
      configuration.keepsRuns
        ? "Seeds     \(configuration.seeds[0]) to \(configuration.seeds[configuration.seeds.count - 1])"
        : "Sweep     \(settings) x \(seeds): \(count)\(configuration.halves ? ", halving" : "")")
    let done = sweep.progress.done
    if done > 0 { Terminal.tell("Resumed   after \(counted(done, "training"))") }
    Terminal.tell("Folder    \(sweep.folder.path)")
    Terminal.print("")
  }
}
