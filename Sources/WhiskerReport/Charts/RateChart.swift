import WhiskerCore

/// A chart of means against a rate, with error bars of one standard deviation.
package struct RateChart {
  package struct Curve {
    let name: String
    /// The CSS class of its stroke.
    let style: String
    /// Ascending by rate.
    let points: [(rate: Double, mean: Double, deviation: Double)]

    package init(name: String, style: String, points: [(rate: Double, mean: Double, deviation: Double)]) {
      (self.name, self.style, self.points) = (name, style, points)
    }
  }

  let curves: [Curve]
  /// The label of the horizontal axis.
  let axis: String
  /// The rate that is marked.
  let best: Double?
  /// Formats a value with a number of decimals.
  let words: (Double, Int) -> String

  package init(curves: [Curve], axis: String, best: Double?, words: @escaping (Double, Int) -> String) {
    (self.curves, self.axis, self.best, self.words) = (curves, axis, best, words)
  }

  package static let (width, height) = (360.0, 236.0)
  private static let (left, right, top, bottom) = (48.0, 14.0, 20.0, 38.0)

  var html: HTML {
    """
    <ul class="legend">\(shown.map(legend))</ul>
    <svg class="chart" viewBox="0 0 \(Self.width) \(Self.height)" role="img" aria-label="\(label)">
    \(drawing)</svg>
    """
  }

  /// The contents of the `<svg>` of `width` by `height`.
  package var drawing: HTML {
    valueAxis + rateAxis + guide + HTML(shown.enumerated().map { line($1, shift: 2 * Double($0)) })
  }

  private var shown: [Curve] { curves.filter { !$0.points.isEmpty } }

  private var label: String {
    let ends = curves.compactMap { curve -> String? in
      guard let top = curve.points.max(by: { $0.mean < $1.mean }) else { return nil }
      return "\(curve.name) highest at \(plain(top.rate)) with \(words(top.mean, 4))"
    }
    return "Means against \(axis): " + ends.joined(separator: ", ")
  }

  private func legend(_ curve: Curve) -> HTML {
    """
    <li><svg viewBox="0 0 24 8" aria-hidden="true"><polyline class="\(curve.style)" points="1,4 23,4"/></svg>\(curve.name)</li>
    """
  }

  private var values: ClosedRange<Double> {
    let all = curves.flatMap { $0.points.flatMap { [$0.mean - $0.deviation, $0.mean + $0.deviation] } }
    let (low, high) = (all.min() ?? 0, all.max() ?? 1)
    let margin = max((high - low) * 0.05, 1e-9)
    return low - margin...high + margin
  }

  private var rates: ClosedRange<Double> {
    let all = curves.flatMap { $0.points.map(\.rate) }
    let (low, high) = (all.min() ?? 0, all.max() ?? 1)
    return low < high ? low...high : low - 0.1...high + 0.1
  }

  private func x(_ rate: Double) -> Double {
    let share = (rate - rates.lowerBound) / (rates.upperBound - rates.lowerBound)
    return Self.left + 6 + share * (Self.width - Self.left - Self.right - 12)
  }

  private func y(_ value: Double) -> Double {
    let share = (value - values.lowerBound) / (values.upperBound - values.lowerBound)
    return Self.height - Self.bottom - share * (Self.height - Self.top - Self.bottom)
  }

  private var valueAxis: HTML {
    Ticks(values, about: 5).grid(from: Self.left, to: Self.width - Self.right, y: y, words: words)
  }

  private var rateAxis: HTML {
    // Seven times 0.1 exceeds 0.7 by a rounding error, and still needs its label.
    let reach = (rates.upperBound - rates.lowerBound) * 1e-9
    let ticks = Ticks(rates.lowerBound...rates.upperBound + reach, about: 8)
    let marks = ticks.values.map { rate in
      "<text x=\"\(x(rate))\" y=\"\(Self.height - 22)\" text-anchor=\"middle\">\(fixed(rate, ticks.decimals))</text>\n"
        as HTML
    }
    let middle = (Self.left + Self.width - Self.right) / 2
    return HTML(marks)
      + "<text x=\"\(middle)\" y=\"\(Self.height - 4)\" text-anchor=\"middle\">\(axis)</text>\n"
  }

  private var guide: HTML {
    guard let best else { return "" }
    let place = x(best)
    let anchor = place > Self.width * 0.8 ? "end" : place < Self.width * 0.2 ? "start" : "middle"
    return """
      <line class="guide" x1="\(place)" x2="\(place)" y1="\(Self.top)" y2="\(Self.height - Self.bottom)"/>\
      <text class="mark" x="\(place)" y="\(Self.top - 8)" text-anchor="\(anchor)">best: \(plain(best))</text>

      """
  }

  /// - Parameter shift: The shift to the right that keeps the error bars of two curves apart.
  private func line(_ curve: Curve, shift: Double) -> HTML {
    let places = curve.points.map { "\(x($0.rate) + shift),\(y($0.mean)) " as HTML }
    let marks = curve.points.map { point -> HTML in
      let (middle, low, high) = (
        x(point.rate) + shift, y(point.mean - point.deviation), y(point.mean + point.deviation)
      )
      let bar: HTML = """
        <line class="\(curve.style) whole" x1="\(middle)" x2="\(middle)" y1="\(low)" y2="\(high)"/>\
        <line class="\(curve.style) whole" x1="\(middle - 3)" x2="\(middle + 3)" y1="\(low)" y2="\(low)"/>\
        <line class="\(curve.style) whole" x1="\(middle - 3)" x2="\(middle + 3)" y1="\(high)" y2="\(high)"/>
        """
      return """
        <g><title>\(plain(point.rate)): \(words(point.mean, 4)) ± \(words(point.deviation, 4))</title>\
        \(when(point.deviation > 0, bar))<circle class="dot \(curve.style) whole" cx="\(middle)" cy="\(y(point.mean))" r="2.5"/></g>

        """
    }
    return "<polyline class=\"\(curve.style)\" points=\"\(places)\"/>\n" + HTML(marks)
  }
}
