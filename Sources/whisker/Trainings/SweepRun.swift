import ArgumentParser
import WhiskerData
import WhiskerCore
import WhiskerReport
import WhiskerTraining

/// Runs a sweep to its end, or until it is interrupted.
struct SweepRun {
  private let sweep: Sweep
  private let verbosity: TrainingDisplay.Verbosity
  private let concurrency: Int

  /// - Parameter concurrency: The number of concurrent trainings; nil for one per thread.
  init(_ sweep: Sweep, _ verbosity: TrainingDisplay.Verbosity, concurrency: Int?) {
    (self.sweep, self.verbosity) = (sweep, verbosity)
    self.concurrency = concurrency ?? sweep.configuration.base.execution.threads
  }

  /// - Throws: The errors of the sweep, or the exit code of an interruption.
  func run() throws {
    sweep.command = Arguments.command
    sweep.settingName = \.flag
    sweep.memory = MemoryBudget.available / ProcessGroup.localCount
    sweep.trainingObservers = { folder, configuration in RunObservers(folder, configuration).all }
    let display = SweepDisplay(sweep, verbosity)
    Interruption.listen()
    let (folder, configuration) = (sweep.folder, sweep.configuration)
    ProcessGroup.onFailure { folder.discardIfWithoutModel(configuration) }
    let start = ContinuousClock.now
    let isDone: Bool
    do {
      try SweepIntroduction(sweep, verbosity).print()
      isDone = try sweep.run(
        concurrency: concurrency, observers: [display, SweepReporter()],
        shouldStop: { Interruption.isWished })
    } catch let error as ResourceError {
      display.clear()
      let command = sweep.configuration.keepsRuns ? "train" : "sweep"
      if sweep.isInPlace {
        Terminal.warn(
          "Finished trainings are kept. Continue with: "
            + ShellWords(["whisker", command, "--resume", sweep.folder.path]).text)
      }
      throw error
    } catch {
      display.clear()
      if ProcessGroup.communicator.isFirst { sweep.folder.discardIfWithoutModel(sweep.configuration) }
      throw error
    }
    display.clear()
    let isFirst = ProcessGroup.communicator.isFirst
    if isFirst { conclude((.now - start) / .seconds(1)) }
    if sweep.isEverybodyBack { ProcessGroup.leave() }
    guard isDone else { throw ExitCode(Interruption.exitStatus) }
    if isFirst { try checkOutcome() }
    try Terminal.confirm()
  }

  private func checkOutcome() throws {
    let summary = sweep.record.summary
    guard summary.best == nil else { return }
    throw TrainingError("every training failed: \(summary.failure ?? "nothing was trained")")
  }

  private func conclude(_ seconds: Double) {
    warnAboutFailures()
    guard verbosity != .silent else { return }
    guard sweep.configuration.keepsRuns else { return SweepConclusion(sweep, seconds: seconds).print() }
    SeedsConclusion(sweep, seconds: seconds).print()
  }

  private func warnAboutFailures() {
    guard !sweep.data.failures.isEmpty else { return }
    FailureList(sweep.data.failures).warn()
    for skipped in sweep.data.skippedClasses.prefix(FailureList.shown) {
      Terminal.warn("\(skipped.description): the accuracies do not cover them")
    }
  }
}
