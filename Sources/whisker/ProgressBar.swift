import WhiskerTensor
import WhiskerTraining

/// The bar of a running epoch, redrawn in place at a terminal.
struct ProgressBar {
  private let epochs: Int
  // Whoever asks for the bar gets it, into a pipe too.
  private var line = ProgressLine(isShown: true)

  init(epochs: Int) { self.epochs = epochs }

  /// Draws the bar, unless it was drawn a moment ago.
  mutating func draw(_ report: BatchReport) {
    let epochs = epochs
    line.draw(isLast: report.batch >= report.batchCount) {
      [
        StyledText("Epoch \(report.epoch)/\(epochs)", .bold),
        ProgressLine.bar(report.batch, of: report.batchCount), "\(report.batch)/\(report.batchCount)",
        StyledText(duration(report.secondsLeft)), "loss \(fixed(report.loss, 4))",
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

  /// Takes the bar off the screen.
  mutating func erase() { line.erase() }
}
