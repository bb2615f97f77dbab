import WhiskerCore
import WhiskerReport
import WhiskerTraining

/// A training in its run folder, with what it prints.
struct RunTraining {
  let session: TrainingSession
  let folder: RunFolder
  let verbosity: TrainingDisplay.Verbosity
  /// The run folder that the training's is in; nil for none. A resumed training names it.
  var outer: RunFolder?

  /// - Parameter live: The address of the live report.
  /// - Parameter replacesRun: Whether the folder holds another run until the first checkpoint.
  func run(live: String?, replacesRun: Bool) throws -> TrainingOutcome {
    session.command = Arguments.command
    session.settingName = \.flag
    let display = TrainingDisplay(verbosity, epochs: session.configuration.optimization.epochs)
    let (shown, resumed) = (folder.final, (outer ?? folder).final)
    display.introduce(session, shown, live: live)
    let observers = RunObservers(folder, session.configuration)
    Interruption.listen()
    ProcessGroup.onFailure(discard)
    let outcome: TrainingOutcome
    var canGoOn = !replacesRun
    do {
      try FeatureDisplay(verbosity).prepare(session, folder)
      outcome = try session.run(
        in: folder, observers: observers.all + [display], shouldStop: { Interruption.isWished }
      ) { event in
        if case .checkpoint = event { canGoOn = true }
      }
    } catch let error as ResourceError {
      display.clear()
      if canGoOn {
        Terminal.warn(
          "The run is kept. Continue with: "
            + ShellWords(["whisker", "train", "--resume", resumed.path]).text)
      }
      throw error
    } catch {
      display.clear()
      if ProcessGroup.communicator.isFirst { discard() }
      throw error
    }
    display.conclude(outcome, session, shown, observers.report.verdict, resumed: resumed)
    return outcome
  }

  /// Removes a run without a model.
  private var discard: @Sendable () -> Void {
    { [folder, outer] in
      folder.discardIfWithoutModel()
      outer?.discardIfWithoutModel()
    }
  }
}
