import WhiskerTensor

/// Precision, recall and F1 of every class, as numbers and bars.
struct ClassSection {
  let matrix: ConfusionMatrix
  let classNames: [String]

  private static let classesShown = 40

  var section: ReportSection {
    ReportSection(title: "Every class", note: note, isHalf: true, body: table)
  }

  private var isWhole: Bool { classNames.count <= Self.classesShown }

  private var note: HTML {
    let words: HTML =
      "Precision: of what was taken for the class, the share that belongs to it. Recall: of the class, the share that was found. F1 joins both."
    guard !isWhole else { return words }
    return "The \(Self.classesShown) of \(grouped(classNames.count)) classes with the lowest F1. \(words)"
  }

  private var labels: [Int] {
    let all = Array(classNames.indices)
    guard !isWhole else { return all }
    let scores = all.map { matrix.scores(of: $0).f1 }
    // What did not occur has no score to be looked at.
    let there = all.filter { matrix.support[$0] + matrix.predicted[$0] > 0 }
    return Array(there.sorted { (scores[$0], $0) < (scores[$1], $1) }.prefix(Self.classesShown))
  }

  private var table: HTML {
    """
    <table class="wide scores"><thead><tr><th>class</th><th class="n">precision</th><th class="n">recall</th><th class="n">F1</th>\
    <th class="n">pictures</th></tr></thead>
    <tbody>
    \(labels.map { row(name(classNames[$0]), matrix.scores(of: $0)) })\
    \(row("mean of the classes", matrix.macroAverage, isMean: true))\
    \(row("weighted by pictures", matrix.weightedAverage, isMean: true))</tbody></table>
    """
  }

  private func row(_ name: HTML, _ scores: ClassScores, isMean: Bool = false) -> HTML {
    """
    <tr\(when(isMean, " class=\"mean\""))><th scope="row">\(name)</th>\
    \([scores.precision, scores.recall, scores.f1].map { cell($0, hasBar: !isMean) })\
    <td class="n">\(grouped(scores.support))</td></tr>

    """
  }

  private func cell(_ share: Double, hasBar: Bool) -> HTML {
    let bar: HTML = "<span class=\"bar\"><i style=\"width:\(share * 100)%\"></i></span>"
    return "<td class=\"n\">\(fixed(share, 3))\(when(hasBar, bar))</td>"
  }
}
