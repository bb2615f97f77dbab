import WhiskerTensor
import WhiskerTraining

/// How the accuracy went, epoch by epoch: a sparkline for the training and one for the validation, on one scale.
struct AccuracyPlot {
  private let series: [(name: String, values: [Double], style: StyledText.Style)]
  private let columns: Int
  private let tellsEnds: Bool

  /// The longest sparkline, and the shortest.
  private static let limit = 50
  private static let least = 12
  /// What stands beside a sparkline: ` validation`, and where there is room ` 0.5750 to 0.8250`.
  private static let nameWidth = 11
  private static let endsWidth = 17

  /// - Parameter columns: The width of the terminal; nil where there is none.
  init(_ epochs: [EpochReport], columns: Int?) {
    let measured = epochs.compactMap(\.validationAccuracy)
    series =
      [("training", epochs.map(\.accuracy), .faint)]
      + (measured.isEmpty ? [] : [("validation", measured, .green)])
    let room = (columns ?? .max) - Paragraph.labelWidth - Self.nameWidth
    tellsEnds = room - Self.endsWidth >= Self.least
    self.columns = min(Self.limit, tellsEnds ? room - Self.endsWidth : room)
  }

  /// The lines; none where there is nothing to see, or no room for it.
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
        + StyledText(tellsEnds ? " \(name) \(fixed(first, 4)) to \(fixed(last, 4))" : " \(series.name)")
    }
  }
}
