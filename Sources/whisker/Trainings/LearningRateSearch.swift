import ArgumentParser
import WhiskerTraining

/// Finds a learning rate for a training and prints it.
struct LearningRateSearch {
  private let session: TrainingSession
  private let verbosity: TrainingDisplay.Verbosity

  init(_ session: TrainingSession, _ verbosity: TrainingDisplay.Verbosity) {
    (self.session, self.verbosity) = (session, verbosity)
  }

  /// - Throws: The errors of the training, or the exit code of an interruption.
  func run() throws {
    Interruption.listen()
    if verbosity != .silent {
      TrainingDisplay.printSetup(session, session.flaws)
      Terminal.print("")
    }
    var progress = ProgressCounter("Step")
    let curve = try session.learningRateCurve { curve in
      if verbosity == .bar { progress.draw(curve.points.count, of: TrainingSession.learningRateSteps) }
      return Interruption.isWished
    }
    progress.erase()
    guard !Interruption.isWished else { throw ExitCode(Interruption.exitStatus) }
    let command = Arguments.command.filter { $0 != "--find-learning-rate" }
    for line in LearningRateDisplay(curve, command: command).lines(columns: Terminal.width) {
      Terminal.print(line)
    }
    try Terminal.confirm()
  }
}
