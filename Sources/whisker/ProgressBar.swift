import WhiskerTensor
import WhiskerTraining

/// The bar of a running epoch, redrawn in place at a terminal.
struct ProgressBar {
  private let epochs: Int
  private var lastDrawn: ContinuousClock.Instant?
  private var isVisible = false

  private static let interval = Duration.milliseconds(100)
  private static let clear = "\r\u{1B}[K"
  private static let barWidth = 20

  init(epochs: Int) { self.epochs = epochs }

  /// Draws the bar, unless it was drawn a moment ago.
  mutating func draw(_ report: BatchReport) {
    let now = ContinuousClock.now
    if let lastDrawn, now - lastDrawn < Self.interval, report.batch < report.batchCount { return }
    lastDrawn = now
    isVisible = true
    Terminal.write(Self.clear + Self.line(report, epochs: epochs, columns: Terminal.columns))
  }

  /// Takes the bar off the screen.
  mutating func erase() {
    guard isVisible else { return }
    isVisible = false
    Terminal.write(Self.clear)
  }

  /// The bar as text, as much of it as fits.
  static func line(_ report: BatchReport, epochs: Int, columns: Int) -> String {
    let done = min(1, Double(report.batch) / Double(max(1, report.batchCount)))
    let filled = Int(done * Double(barWidth))
    let bar = String(repeating: "=", count: filled) + String(repeating: ".", count: barWidth - filled)
    let parts = [
      "Epoch \(report.epoch)/\(epochs)", "[\(bar)]", "\(report.batch)/\(report.batchCount)",
      duration(report.secondsLeft), "loss \(fixed(report.loss, 4))", "accuracy \(fixed(report.accuracy, 4))",
      "\(grouped(Int(report.imagesPerSecond))) images/s", "waiting \(percent(report.waitingShare))",
    ]
    return fitted(parts, columns: columns)
  }
}

/// The first of the parts that fit side by side, the first one always; the last column stays free, so that no terminal
/// wraps the line.
func fitted(_ parts: [String], columns: Int) -> String {
  var line = parts.first ?? ""
  for part in parts.dropFirst() {
    guard line.count + 1 + part.count < columns else { break }
    line += " " + part
  }
  return line
}
