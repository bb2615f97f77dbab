import WhiskerCore
import WhiskerTraining

/// The progress bar of an epoch, redrawn in place.
struct ProgressBar {
  private let epochs: Int
  // `--verbose 1` draws the bar into a pipe as well.
  private var line = ProgressLine(isShown: true)
  /// The seconds of the last epoch, and of its validation.
  private var lastEpoch: (whole: Double, validation: Double)?
  /// The seconds of training in the current epoch.
  private var trainingSeconds = 0.0

  init(epochs: Int) { self.epochs = epochs }

  /// Draws the bar, at most ten times per second.
  /// - Parameter activity: What takes the time, such as computing features; nil for training alone. Later epochs are then faster,
  ///   and the duration of the run is unknown.
  mutating func draw(_ report: BatchReport, activity: String? = nil) {
    trainingSeconds = report.seconds
    let (epochs, remaining) = (epochs, remaining(report))
    line.draw(isLast: report.batch >= report.batchCount) {
      [
        StyledText("Epoch \(report.epoch)/\(epochs)", .bold),
        ProgressLine.bar(report.batch, of: report.batchCount), "\(report.batch)/\(report.batchCount)",
        StyledText(activity ?? ""), StyledText("ETA " + duration(remaining.epoch)),
        StyledText(activity == nil ? "(run \(duration(remaining.run)))" : ""),
        "loss \(fixed(report.loss, 4))", "accuracy \(fixed(report.accuracy, 4))",
        "\(grouped(Int(report.imagesPerSecond))) images/s", "waiting \(percent(report.waitingShare))",
      ].filter { !$0.text.isEmpty }
    }
  }

  /// Draws the empty bar of a new epoch.
  mutating func start(_ epoch: Int) {
    let epochs = epochs
    line.draw(isLast: true) {
      [StyledText("Epoch \(epoch)/\(epochs)", .bold), ProgressLine.bar(0, of: 1)]
    }
  }

  /// Draws the bar during the validation.
  mutating func drawValidation(of samples: Int, in epoch: Int) {
    let (epochs, remaining) = (epochs, lastEpoch.map(\.validation))
    line.draw(isLast: true) {
      [
        StyledText("Epoch \(epoch)/\(epochs)", .bold), ProgressLine.bar(1, of: 1),
        "validating \(counted(samples, "picture"))",
      ] + (remaining.map { [StyledText("ETA " + duration($0))] } ?? [])
    }
  }

  /// Records the duration of an epoch, to estimate the next one.
  mutating func record(_ report: EpochReport) {
    lastEpoch = (report.seconds, max(0, report.seconds - trainingSeconds))
  }

  mutating func erase() { line.erase() }

  /// The remaining seconds of the epoch and of the run, including validations.
  private func remaining(_ report: BatchReport) -> (epoch: Double, run: Double) {
    let epoch = report.secondsLeft + (lastEpoch?.validation ?? 0)
    let whole = lastEpoch?.whole ?? report.seconds + report.secondsLeft
    return (epoch, epoch + Double(max(0, epochs - report.epoch)) * whole)
  }
}
