import WhiskerCore
import WhiskerTraining

/// The accuracy by epoch: a sparkline for training and one for validation, on the same scale.
struct AccuracyPlot {
  private let series: [(name: String, values: [Double], style: StyledText.Style)]
  private let columns: Int
  private let showsEnds: Bool

  /// The maximum and minimum length of a sparkline.
  private static let limit = 50
  private static let least = 12
  /// The widths of the label ` validation` and, if it fits, of ` 0.5750 to 0.8250`.
  private static let nameWidth = 11
  private static let endsWidth = 17

  /// - Parameter columns: The width of the terminal; nil for none.
  init(_ epochs: [EpochReport], columns: Int?) {
    let measured = epochs.compactMap(\.validationAccuracy)
    series =
      [("training", epochs.map(\.accuracy), .faint)]
      + (measured.isEmpty ? [] : [("validation", measured, .green)])
    let width = (columns ?? .max) - Paragraph.labelWidth - Self.nameWidth
    showsEnds = width - Self.endsWidth >= Self.least
    self.columns = min(Self.limit, showsEnds ? width - Self.endsWidth : width)
  }

  /// The lines; none for a single epoch or a narrow terminal.
  var lines: [StyledText] {
    let all = series.flatMap(\.values)
    guard series[0].values.count > 1, columns >= Self.least, let least = all.min(), let most = all.max()
    else {
      return []
    }
    let nameWidth = series.map(\.name.count).max() ?? 0
    return series.enumerated().map { place, series in
      let label = place == 0 ? "Accuracy" : ""
      let margin = String(repeating: " ", count: Paragraph.labelWidth - label.count)
      let name = series.name + String(repeating: " ", count: nameWidth - series.name.count)
      let (first, last) = (series.values[0], series.values[series.values.count - 1])
      return StyledText(label + margin, .bold)
        + StyledText(Sparkline(series.values, columns: columns).text(in: least...most), series.style)
        + StyledText(showsEnds ? " \(name) \(fixed(first, 4)) to \(fixed(last, 4))" : " \(series.name)")
    }
  }
}

/// Values as bars of one character each.
struct Sparkline {
  private let values: [Double]

  private static let bars = Array("▁▂▃▄▅▆▇█")
  /// The bars in ASCII: higher values have denser characters.
  private static let plainBars = Array("_.-=+*#@")

  /// At most `columns` values: the last of each chunk if there are more.
  init(_ values: [Double], columns: Int) {
    let count = min(values.count, max(1, columns))
    self.values = (0..<count).map { values[(($0 + 1) * values.count / count) - 1] }
  }

  /// The bars, from the lowest for the lower bound of `range` to the highest for its upper bound.
  func text(in range: ClosedRange<Double>, isUnicode: Bool = Terminal.isUnicode) -> String {
    let bars = isUnicode ? Self.bars : Self.plainBars
    let height = range.upperBound - range.lowerBound
    return String(
      values.map { value in
        guard height > 0 else { return bars[bars.count / 2] }
        let level = (value - range.lowerBound) / height * Double(bars.count - 1)
        return bars[min(bars.count - 1, max(0, Int(level.rounded())))]
      })
  }
}
