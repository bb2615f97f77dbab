import WhiskerTensor
import WhiskerTraining

/// The bar of a running epoch, redrawn in place at a terminal.
struct ProgressBar {
  private let epochs: Int
  // Whoever asks for the bar gets it, into a pipe too.
  private var line = ProgressLine(isShown: true)
  /// The seconds of the last whole epoch, and those of its validation.
  private var lastEpoch: (whole: Double, validation: Double)?
  /// The seconds that the current epoch has trained.
  private var trainingSeconds = 0.0

  init(epochs: Int) { self.epochs = epochs }

  /// Draws the bar, unless it was drawn a moment ago.
  mutating func draw(_ report: BatchReport) {
    trainingSeconds = report.seconds
    let (epochs, remaining) = (epochs, remaining(report))
    line.draw(isLast: report.batch >= report.batchCount) {
      [
        StyledText("Epoch \(report.epoch)/\(epochs)", .bold),
        ProgressLine.bar(report.batch, of: report.batchCount), "\(report.batch)/\(report.batchCount)",
        StyledText("ETA " + duration(remaining.epoch)),
        StyledText("(run \(duration(remaining.run)))"), "loss \(fixed(report.loss, 4))",
        "accuracy \(fixed(report.accuracy, 4))", "\(grouped(Int(report.imagesPerSecond))) images/s",
        "waiting \(percent(report.waitingShare))",
      ]
    }
  }

  /// Draws the empty bar of an epoch that starts.
  mutating func start(_ epoch: Int) {
    let epochs = epochs
    line.draw(isLast: true) {
      [StyledText("Epoch \(epoch)/\(epochs)", .bold), ProgressLine.bar(0, of: 1)]
    }
  }

  /// Draws that the pictures that are held back are measured.
  mutating func drawValidation(of samples: Int, in epoch: Int) {
    let (epochs, remaining) = (epochs, lastEpoch.map(\.validation))
    line.draw(isLast: true) {
      [
        StyledText("Epoch \(epoch)/\(epochs)", .bold), ProgressLine.bar(1, of: 1),
        "validating \(counted(samples, "picture"))",
      ] + (remaining.map { [StyledText("ETA " + duration($0))] } ?? [])
    }
  }

  /// Learns from an epoch how long the next will take.
  mutating func note(_ report: EpochReport) {
    lastEpoch = (report.seconds, max(0, report.seconds - trainingSeconds))
  }

  /// Takes the bar off the screen.
  mutating func erase() { line.erase() }

  /// The seconds that are left of the epoch and of the run, validations included as far as there was one.
  private func remaining(_ report: BatchReport) -> (epoch: Double, run: Double) {
    let epoch = report.secondsLeft + (lastEpoch?.validation ?? 0)
    let whole = lastEpoch?.whole ?? report.seconds + report.secondsLeft
    return (epoch, epoch + Double(max(0, epochs - report.epoch)) * whole)
  }
}
