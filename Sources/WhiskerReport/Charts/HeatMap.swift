import WhiskerTraining
import WhiskerCore

/// A table of values over two rates, coloured by value.
struct HeatMap {
  /// The name and the values of the rows.
  let rows: (name: String, rates: [Double])
  /// The name and the values of the columns.
  let columns: (name: String, rates: [Double])
  /// The value at a row and a column; nil where there is none.
  let value: (Int, Int) -> Double?
  /// Formats a value.
  let words: (Double) -> String
  /// The cell that is marked.
  let best: (row: Int, column: Int)?

  var html: HTML {
    """
    <div class="scroll" tabindex="0" role="group" aria-label="Heat map"><table class="matrix heat">
    <caption>Rows: \(rows.name). Columns: \(columns.name).</caption>
    <thead><tr><td class="n"></td>\(columns.rates.map { "<th scope=\"col\">\(number($0))</th>" as HTML })</tr></thead>
    <tbody>
    \(rows.rates.indices.map(row))</tbody></table></div>
    """
  }

  private func row(_ row: Int) -> HTML {
    let cells = columns.rates.indices.map { cell(row, $0) }
    return "<tr><th scope=\"row\">\(number(rows.rates[row]))</th>\(cells)</tr>\n"
  }

  private var range: ClosedRange<Double> {
    let all = rows.rates.indices.flatMap { row in columns.rates.indices.compactMap { value(row, $0) } }
    return (all.min() ?? 0)...(all.max() ?? 0)
  }

  private func cell(_ row: Int, _ column: Int) -> HTML {
    guard let value = value(row, column) else { return "<td></td>" }
    let span = range.upperBound - range.lowerBound
    let share = span > 0 ? (value - range.lowerBound) / span : 1
    // The text changes colour at a share of 0.6. Backgrounds of medium strength are left out: neither colour is legible on them.
    let isStrong = share > 0.6
    let strength = isStrong ? 85 + 15 * (share - 0.6) / 0.4 : 45 * share / 0.6
    let isBest = best.map { $0 == (row, column) } ?? false
    return """
      <td class="yes\(when(isStrong, " strong"))\(when(isBest, " first"))" style="--s:\(Int(strength.rounded()))">\(words(value))</td>
      """
  }
}
