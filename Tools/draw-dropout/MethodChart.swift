import WhiskerCore
import WhiskerReport
import WhiskerTraining

/// A chart with one row per method: the mean, with error bars of one standard deviation.
struct MethodChart {
  struct Entry {
    let name: String
    /// The class of its strokes in the style sheet.
    let style: String
    let mean: Double
    let deviation: Double
  }

  let entries: [Entry]

  private static let (width, left, right, row, axis) = (360.0, 144.0, 44.0, 19.0, 22.0)

  static func height(_ count: Int) -> Double { Double(count) * row + axis }

  private var values: ClosedRange<Double> {
    let low = entries.map { $0.mean - $0.deviation }.min() ?? 0
    let high = entries.map { $0.mean + $0.deviation }.max() ?? 1
    let margin = max((high - low) * 0.05, 1e-9)
    return low - margin...high + margin
  }

  private func x(_ value: Double) -> Double {
    let share = (value - values.lowerBound) / (values.upperBound - values.lowerBound)
    return Self.left + share * (Self.width - Self.left - Self.right)
  }

  private var bottom: Double { Double(entries.count) * Self.row }

  /// The contents of an `<svg>` of 360 by `height(_:)`.
  var drawing: HTML { valueAxis + guide + HTML(entries.enumerated().map(line)) }

  private var valueAxis: HTML {
    let ticks = Ticks(values, about: 4)
    return HTML(
      ticks.values.map { value in
        """
        <line class="grid" x1="\(x(value))" x2="\(x(value))" y1="0" y2="\(bottom)"/>\
        <text x="\(x(value))" y="\(bottom + 14)" text-anchor="middle">\(percent(value, max(0, ticks.decimals - 2)))</text>

        """
      })
  }

  /// A vertical line at the first mean, as the reference.
  private var guide: HTML {
    guard let first = entries.first else { return "" }
    return
      "<line class=\"guide\" x1=\"\(x(first.mean))\" x2=\"\(x(first.mean))\" y1=\"0\" y2=\"\(bottom)\"/>\n"
  }

  private func line(_ index: Int, _ entry: Entry) -> HTML {
    let y = (Double(index) + 0.5) * Self.row
    let (low, high) = (x(entry.mean - entry.deviation), x(entry.mean + entry.deviation))
    return """
      <text x="\(Self.left - 8)" y="\(y + 4)" text-anchor="end">\(entry.name)</text>\
      <polyline class="\(entry.style)" points="\(low),\(y) \(high),\(y)"/>\
      <circle class="dot \(entry.style)" cx="\(x(entry.mean))" cy="\(y)" r="3"/>\
      <text class="mark" x="\(Self.width)" y="\(y + 4)" text-anchor="end">\(percent(entry.mean, 1))</text>

      """
  }
}
