import WhiskerTensor

/// Which class was taken for which.
struct ConfusionSection {
  let matrix: ConfusionMatrix
  let classNames: [String]

  /// A matrix of more classes fits no page.
  private static let matrixLimit = 20
  /// Up to so many fit half a page.
  private static let halfLimit = 10
  private static let confusionsShown = 20

  var section: ReportSection {
    let fits = classNames.count <= Self.matrixLimit
    return ReportSection(
      title: "What was taken for what", note: fits ? matrixNote : listNote,
      isHalf: !fits || classNames.count <= Self.halfLimit, body: fits ? table : list)
  }

  private var matrixNote: HTML {
    "A row for every class as it is, a column for what it was taken for; at the end the share that was told right."
  }

  private var listNote: HTML {
    "A matrix of \(grouped(classNames.count)) classes fits no page: these are the most frequent mistakes."
  }

  private var isTurned: Bool { classNames.count > 4 && classNames.contains { $0.count > 3 } }

  private var table: HTML {
    let heads = classNames.map { "<th scope=\"col\" title=\"\($0)\"><span>\(name($0))</span></th>" as HTML }
    return """
      <div class="scroll" tabindex="0" role="group" aria-label="Confusion matrix"><table class="matrix\(when(classNames.count < 5, " few"))">
      <thead><tr\(when(isTurned, " class=\"turned\""))><td class="n"></td>\(heads)<td class="n"></td></tr></thead>
      <tbody>
      \(matrix.rows.enumerated().map { row($0, $1) })</tbody></table></div>
      """
  }

  private func row(_ label: Int, _ counts: [Int]) -> HTML {
    let total = counts.reduce(0, +)
    let share = total > 0 ? percent(Double(counts[label]) / Double(total), 1) : "none there"
    let cells = counts.enumerated().map { cell($1, of: total, isCorrect: $0 == label) }
    return """
      <tr><th scope="row" title="\(classNames[label])">\(name(classNames[label]))</th>\(cells)<td class="n">\(share)</td></tr>

      """
  }

  private func cell(_ count: Int, of total: Int, isCorrect: Bool) -> HTML {
    guard count > 0 else { return "<td class=\"zero\">0</td>" }
    let share = Double(count) / Double(max(1, total))
    // What most are taken for stands out. Colours between these are left out: no letters could be read on them.
    let isStrong = isCorrect && share > 0.5
    // A few mistakes among thousands shall still be seen.
    let strength = isStrong ? 85 + 30 * (share - 0.5) : isCorrect ? 90 * share : 45 * share.squareRoot()
    let style = (isCorrect ? "yes" : "no") + (isStrong ? " strong" : "")
    return "<td class=\"\(style)\" style=\"--s:\(Int(strength.rounded()))\">\(grouped(count))</td>"
  }

  private var list: HTML {
    let all = matrix.confusions
    guard !all.isEmpty else { return "<p class=\"empty\">Nothing was taken for anything else.</p>" }
    let rows = all.prefix(Self.confusionsShown).map { cell -> HTML in
      "<tr><th scope=\"row\">\(name(classNames[cell.actual]))</th><td>\(name(classNames[cell.predicted]))</td><td class=\"n\">\(grouped(cell.count))</td></tr>\n"
    }
    let rest = all.count - rows.count
    return """
      <table class="wide"><thead><tr><th>is</th><th>was taken for</th><th class="n">pictures</th></tr></thead>
      <tbody>
      \(Array(rows))</tbody></table>
      \(when(rest > 0, "<p class=\"rest\">And \(counted(rest, "other pair")) of classes.</p>"))
      """
  }
}
