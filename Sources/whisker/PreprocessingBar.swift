import WhiskerData
import WhiskerTensor

/// The bar of a running preprocessing, redrawn in place at a terminal.
struct PreprocessingBar {
  private var line = ProgressLine()

  /// Draws the bar, unless it was drawn a moment ago.
  mutating func draw(_ progress: Preprocessor.Progress) {
    let left = Double(progress.total - progress.done) / progress.imagesPerSecond
    line.draw {
      [
        ProgressLine.bar(progress.done, of: progress.total),
        "\(grouped(progress.done))/\(grouped(progress.total))", StyledText(duration(left)),
        "\(grouped(Int(progress.imagesPerSecond))) images/s",
      ]
    }
  }

  /// Takes the bar off the screen.
  mutating func erase() { line.erase() }
}
