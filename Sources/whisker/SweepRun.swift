import ArgumentParser
import WhiskerData
import WhiskerTensor
import WhiskerTraining

/// Runs a sweep from start to end, or until somebody wishes it to stop.
struct SweepRun {
  private let sweep: Sweep
  private let verbosity: TrainingDisplay.Verbosity
  private let lanes: Int

  /// How many unreadable files are told one by one.
  private static let failuresShown = 10

  /// - Parameter lanes: How many trainings run at once; nil for one a thread.
  init(_ sweep: Sweep, _ verbosity: TrainingDisplay.Verbosity, lanes: Int?) {
    (self.sweep, self.verbosity) = (sweep, verbosity)
    self.lanes = lanes ?? sweep.configuration.base.threads
  }

  /// - Throws: What the sweep throws; the exit code of an interruption.
  func run() throws {
    sweep.command = Terminal.command
    sweep.memory = MemoryBudget.available / Ranks.localCount
    var display = SweepDisplay(sweep, verbosity)
    Interruption.listen()
    let (folder, configuration) = (sweep.folder, sweep.configuration)
    Ranks.onFailure { folder.discardIfWithoutModel(configuration) }
    let start = ContinuousClock.now
    let isDone: Bool
    do {
      try SweepIntroduction(sweep, verbosity).tell()
      isDone = try sweep.run(lanes: lanes, shouldStop: { Interruption.isWished }) { display.show($0) }
    } catch let error as ResourceError {
      display.clear()
      let command = sweep.configuration.keepsRuns ? "train" : "sweep"
      if sweep.isInPlace {
        Terminal.complain(
          "What was trained is kept. Go on with: "
            + ShellWords(["whisker", command, "--resume", sweep.folder.path]).text)
      }
      throw error
    } catch {
      display.clear()
      if Ranks.job.isFirst { sweep.folder.discardIfWithoutModel(sweep.configuration) }
      throw error
    }
    display.clear()
    let isFirst = Ranks.job.isFirst
    if isFirst { conclude((.now - start) / .seconds(1)) }
    if sweep.isEverybodyBack { Ranks.leave() }
    guard isDone else { throw ExitCode(Interruption.exitStatus) }
    if isFirst { try checkOutcome() }
    try Terminal.confirm()
  }

  private func checkOutcome() throws {
    let summary = sweep.record.summary
    guard summary.best == nil else { return }
    throw TrainingError("no training has come to anything: \(summary.failure ?? "nothing was trained")")
  }

  private func conclude(_ seconds: Double) {
    tellFailures()
    guard verbosity != .silent else { return }
    guard sweep.configuration.keepsRuns else { return SweepConclusion(sweep, seconds: seconds).tell() }
    SeedsConclusion(sweep, seconds: seconds).tell()
  }

  private func tellFailures() {
    let failures = sweep.data.failures
    guard !failures.isEmpty else { return }
    Terminal.complain("Skipped \(counted(failures.count, "file")) that cannot be read:")
    for failure in failures.prefix(Self.failuresShown) {
      Terminal.complain("  \(failure.name): \(failure.reason)")
    }
    let rest = failures.count - Self.failuresShown
    if rest > 0 { Terminal.complain("  and \(counted(rest, "other"))") }
    for skipped in sweep.data.skippedClasses.prefix(Self.failuresShown) {
      Terminal.complain("\(skipped.description): the accuracies say nothing about them")
    }
  }
}
