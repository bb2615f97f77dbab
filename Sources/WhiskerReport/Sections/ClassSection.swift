import WhiskerTraining
import WhiskerCore

/// Precision, recall and F1 of each class, as numbers and bars.
struct ClassSection {
  let matrix: ConfusionMatrix
  let classNames: [String]

  private static let classesShown = 40

  var section: ReportSection {
    ReportSection(title: "Per class", note: note, isHalf: true, body: table)
  }

  private var isWhole: Bool { classNames.count <= Self.classesShown }

  private var note: HTML {
    let words: HTML =
      "Precision: the fraction of the predictions of a class that are correct. Recall: the fraction of the pictures of a class that are found. F1: the harmonic mean of both."
    guard !isWhole else { return words }
    return "The \(Self.classesShown) of \(grouped(classNames.count)) classes with the lowest F1. \(words)"
  }

  private var labels: [Int] {
    let all = Array(classNames.indices)
    guard !isWhole else { return all }
    let scores = all.map { matrix.scores(of: $0).f1 }
    // A class that neither occurs nor is predicted has no score.
    let there = all.filter { matrix.support[$0] + matrix.predicted[$0] > 0 }
    return Array(there.sorted { (scores[$0], $0) < (scores[$1], $1) }.prefix(Self.classesShown))
  }

  private var table: HTML {
    """
    <table class="wide scores"><thead><tr><th>class</th><th class="n">precision</th><th class="n">recall</th><th class="n">F1</th>\
    <th class="n">pictures</th></tr></thead>
    <tbody>
    \(labels.map { row(name(classNames[$0]), matrix.scores(of: $0)) })\
    \(row("mean over classes", matrix.macroAverage, isMean: true))\
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
