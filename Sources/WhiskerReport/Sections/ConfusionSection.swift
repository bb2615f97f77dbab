import WhiskerTraining
import WhiskerCore

/// The confusion matrix.
struct ConfusionSection {
  let matrix: ConfusionMatrix
  let classNames: [String]

  /// The most classes for which the matrix is shown.
  private static let matrixLimit = 20
  /// The most classes that fit half the width of a page.
  private static let halfLimit = 10
  private static let confusionsShown = 20

  var section: ReportSection {
    let fits = classNames.count <= Self.matrixLimit
    return ReportSection(
      title: "Confusion matrix", note: fits ? matrixNote : listNote,
      isHalf: !fits || classNames.count <= Self.halfLimit, body: fits ? table : list)
  }

  private var matrixNote: HTML {
    "Rows are actual classes, columns predicted ones. The last column is the recall: the fraction of the class that is found."
  }

  private var listNote: HTML {
    "The most frequent confusions. A matrix of \(grouped(classNames.count)) classes is too large for this page."
  }

  private var isTurned: Bool { classNames.count > 4 && classNames.contains { $0.count > 3 } }

  private var table: HTML {
    let heads = classNames.map { "<th scope=\"col\" title=\"\($0)\"><span>\(name($0))</span></th>" as HTML }
    return """
      <div class="scroll" tabindex="0" role="group" aria-label="Confusion matrix"><table class="matrix\(when(classNames.count < 5, " few"))">
      <thead><tr class="axis"><td class="n"></td><th colspan="\(classNames.count)">predicted</th><td class="n"></td></tr>
      <tr\(when(isTurned, " class=\"turned\""))><td class="n axis">actual</td>\(heads)<td class="n">recall</td></tr></thead>
      <tbody>
      \(matrix.rows.enumerated().map { row($0, $1) })</tbody></table></div>
      """
  }

  private func row(_ label: Int, _ counts: [Int]) -> HTML {
    let total = counts.reduce(0, +)
    let share = total > 0 ? percent(Double(counts[label]) / Double(total), 1) : "–"
    let cells = counts.enumerated().map { cell($1, of: total, isCorrect: $0 == label) }
    return """
      <tr><th scope="row" title="\(classNames[label])">\(name(classNames[label]))</th>\(cells)<td class="n">\(share)</td></tr>

      """
  }

  private func cell(_ count: Int, of total: Int, isCorrect: Bool) -> HTML {
    guard count > 0 else { return "<td class=\"zero\">0</td>" }
    let share = Double(count) / Double(max(1, total))
    // Backgrounds of medium strength are left out: neither text colour is legible on them.
    let isStrong = isCorrect && share > 0.5
    // The square root keeps a few mistakes among thousands visible.
    let strength = isStrong ? 85 + 30 * (share - 0.5) : isCorrect ? 90 * share : 45 * share.squareRoot()
    let style = (isCorrect ? "yes" : "no") + (isStrong ? " strong" : "")
    return "<td class=\"\(style)\" style=\"--s:\(Int(strength.rounded()))\">\(grouped(count))</td>"
  }

  private var list: HTML {
    let all = matrix.confusions
    guard !all.isEmpty else { return "<p class=\"empty\">There are no confusions.</p>" }
    let rows = all.prefix(Self.confusionsShown).map { cell -> HTML in
      "<tr><th scope=\"row\">\(name(classNames[cell.actual]))</th><td>\(name(classNames[cell.predicted]))</td><td class=\"n\">\(grouped(cell.count))</td></tr>\n"
    }
    let rest = all.count - rows.count
    return """
      <table class="wide"><thead><tr><th>actual</th><th>predicted</th><th class="n">pictures</th></tr></thead>
      <tbody>
      \(Array(rows))</tbody></table>
      \(when(rest > 0, "<p class=\"rest\">And \(counted(rest, "other pair")) of classes.</p>"))
      """
  }
}
