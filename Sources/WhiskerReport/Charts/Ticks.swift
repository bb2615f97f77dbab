import Glibc

/// Round values along an axis.
package struct Ticks {
  /// The values, ascending.
  package let values: [Double]
  /// The number of decimals that all values need.
  package let decimals: Int

  /// About `count` multiples of 1, 2 or 5 times a power of ten within `range`.
  /// - Parameter step: The least distance between two.
  package init(_ range: ClosedRange<Double>, about count: Int, step least: Double = 0) {
    let span = max(range.upperBound - range.lowerBound, .leastNormalMagnitude)
    let power = pow(10, floor(log10(span / Double(count))))
    let steps = [1, 2, 5, 10].map { $0 * power }
    let step = max(least, steps.first { span / $0 <= Double(count) } ?? span)
    let (first, last) = ((range.lowerBound / step).rounded(.up), (range.upperBound / step).rounded(.down))
    // A step below the precision of the values would give an endless number of ticks.
    let isSane = first.isFinite && last.isFinite && last - first <= 100
    values = isSane && first <= last ? stride(from: first, through: last, by: 1).map { $0 * step } : []
    decimals = min(9, max(0, Int(-floor(log10(step)))))
  }

  /// Horizontal lines of a chart from `left` to `right`, with the values before them.
  /// - Parameter y: The height of a value.
  /// - Parameter words: Formats a value with a number of decimals.
  func grid(from left: Double, to right: Double, y: (Double) -> Double, words: (Double, Int) -> String)
    -> HTML
  {
    HTML(
      values.map { value in
        """
        <line class="grid" x1="\(left)" x2="\(right)" y1="\(y(value))" y2="\(y(value))"/>\
        <text x="\(left - 6)" y="\(y(value) + 4)" text-anchor="end">\(words(value, decimals))</text>

        """
      })
  }
}
