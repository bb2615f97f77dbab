import WhiskerCore

/// A chart of curves over the epochs of a training.
package struct CurveChart {
  package struct Curve {
    let name: String
    /// The CSS class of its stroke.
    let style: String
    /// Epochs, whole or fractional, and values.
    let points: [(x: Double, y: Double)]

    package init(name: String, style: String, points: [(x: Double, y: Double)]) {
      (self.name, self.style, self.points) = (name, style, points)
    }
  }

  let curves: [Curve]
  private let values: ClosedRange<Double>
  private let epochs: ClosedRange<Double>
  /// The marked point.
  let best: (x: Double, y: Double)?
  /// The label of the marked point.
  let mark: String
  /// Formats a value with a number of decimals.
  let words: (Double, Int) -> String

  /// - Parameter range: The range of values that is always shown; nil for that of the curves with a margin.
  /// - Parameter limit: The largest possible value.
  package init(
    curves: [Curve], best: (x: Double, y: Double)?, mark: String, range: ClosedRange<Double>? = nil,
    limit: Double = .infinity, words: @escaping (Double, Int) -> String
  ) {
    (self.curves, self.best, self.mark, self.words) = (curves, best, mark, words)
    let (xs, ys) = (curves.flatMap { $0.points.map(\.x) }, curves.flatMap { $0.points.map(\.y) })
    let finite = ys.filter(\.isFinite)
    let (low, high) = (finite.min() ?? 0, finite.max() ?? 1)
    // A flat curve still gets an axis with more than one tick.
    let margin = max((high - low) * 0.06, high.magnitude * 0.02, 1e-9)
    values =
      range.map { min($0.lowerBound, low)...max($0.upperBound, high) }
      ?? max(0, low - margin)...max(high, min(limit, high + margin))
    let first = xs.min() ?? 1
    epochs = first...max(first + 1, xs.max() ?? 1)
  }

  package static let (width, height) = (360.0, 228.0)
  private static let (left, right, top, bottom) = (46.0, 14.0, 20.0, 34.0)
  /// The most points of a curve that are drawn: about one per column of a screen.
  private static let pointLimit = 400

  var html: HTML {
    """
    <ul class="legend">\(shown.map(legend))</ul>
    <svg class="chart" viewBox="0 0 \(Self.width) \(Self.height)" role="img" aria-label="\(label)">
    \(drawing)</svg>
    """
  }

  /// The contents of the `<svg>` of `width` by `height`.
  package var drawing: HTML { valueAxis + epochAxis + HTML(shown.map(line)) + marker }

  private var shown: [Curve] { curves.filter { !$0.points.isEmpty } }

  private var label: String {
    let ends = curves.compactMap { curve in curve.points.last.map { "\(curve.name) \(words($0.y, 4))" } }
    return "Curves over the epochs; at the end: " + ends.joined(separator: ", ")
  }

  private func legend(_ curve: Curve) -> HTML {
    """
    <li><svg viewBox="0 0 24 8" aria-hidden="true"><polyline class="\(curve.style)" points="1,4 23,4"/></svg>\(curve.name)</li>
    """
  }

  private func x(_ epoch: Double) -> Double {
    let share = (epoch - epochs.lowerBound) / (epochs.upperBound - epochs.lowerBound)
    return Self.left + share * (Self.width - Self.left - Self.right)
  }

  private func y(_ value: Double) -> Double {
    let span = max(values.upperBound - values.lowerBound, .leastNormalMagnitude)
    return Self.height - Self.bottom - (value - values.lowerBound) / span
      * (Self.height - Self.top - Self.bottom)
  }

  private var valueAxis: HTML {
    Ticks(values, about: 5).grid(from: Self.left, to: Self.width - Self.right, y: y, words: words)
  }

  private var epochAxis: HTML {
    let middle = (Self.left + Self.width - Self.right) / 2
    return HTML(
      Ticks(epochs, about: 8, step: 1).values.map { epoch in
        "<text x=\"\(x(epoch))\" y=\"\(Self.height - 18)\" text-anchor=\"middle\">\(Int(epoch))</text>\n"
      }) + "<text x=\"\(middle)\" y=\"\(Self.height - 3)\" text-anchor=\"middle\">epoch</text>\n"
  }

  private func line(_ curve: Curve) -> HTML {
    let step = (curve.points.count + Self.pointLimit - 1) / Self.pointLimit
    let last = curve.points.count - 1
    let points = curve.points.indices.filter { $0 % step == 0 || $0 == last }.map { curve.points[$0] }
    if let point = points.first, points.count == 1 {
      return "<circle class=\"dot \(curve.style)\" cx=\"\(x(point.x))\" cy=\"\(y(point.y))\" r=\"3.5\"/>\n"
    }
    let places = points.filter { $0.y.isFinite }.map { "\(x($0.x)),\(y($0.y)) " as HTML }
    return "<polyline class=\"\(curve.style)\" points=\"\(places)\"/>\n"
  }

  private var marker: HTML {
    guard let best else { return "" }
    let (x, y) = (x(best.x), y(best.y))
    let anchor = x > Self.width * 0.7 ? "end" : x < Self.width * 0.3 ? "start" : "middle"
    return """
      <line class="guide" x1="\(x)" x2="\(x)" y1="\(Self.top)" y2="\(Self.height - Self.bottom)"/>\
      <circle class="dot main" cx="\(x)" cy="\(y)" r="4"/>\
      <text class="mark" x="\(x)" y="\(Self.top - 8)" text-anchor="\(anchor)">\(mark)</text>

      """
  }
}
