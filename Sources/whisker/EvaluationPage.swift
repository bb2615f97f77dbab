import WhiskerTensor
import WhiskerTraining

/// The result of an evaluation, for people.
struct EvaluationPage {
  private let report: EvaluationReport
  /// The width of the terminal; nil where there is none.
  private let columns: Int?

  /// How many unreadable files are told one by one.
  private static let failuresShown = 10
  /// A confusion matrix with more classes does not fit a screen.
  private static let matrixLimit = 20
  /// With more classes only those with the lowest F1 are told.
  private static let classesShown = 40
  /// How many confusions are told where the matrix is not.
  private static let confusionsShown = 10

  init(_ report: EvaluationReport, columns: Int? = nil) { (self.report, self.columns) = (report, columns) }

  var lines: [StyledText] {
    let blocks = [paragraphs(head), paragraphs(figures), sampled, confusion, classes, mistakes].filter {
      !$0.isEmpty
    }
    return Array(blocks.joined(separator: [""]))
  }

  private func paragraphs(_ lines: [String]) -> [StyledText] {
    guard let columns else { return lines.map { StyledText($0) } }
    return lines.flatMap { Paragraph($0, columns: columns).lines }
  }

  private var names: [String] { report.classNames }
  private var matrix: ConfusionMatrix { report.confusion }

  private var head: [String] {
    [
      "Model     \(report.model.path), epoch \(report.model.summary.epoch)",
      "Data      \(report.data), \(report.part): \(counted(report.evaluation.count, "picture"))",
    ] + differences
  }

  private var differences: [String] {
    let (match, failures) = (report.match, report.evaluation.failures)
    var lines: [String] = []
    if let trainedOn = report.trainedOn, trainedOn > 0 {
      lines.append(
        "Note      the model was trained on \(grouped(trainedOn)) of these pictures: the accuracy on new ones is "
          + "probably lower")
    }
    if !match.missing.isEmpty {
      lines.append("Note      the data has none of \(match.missing.joined(separator: ", "))")
    }
    if !match.extra.isEmpty {
      lines.append(
        "Note      the model does not know \(match.extra.joined(separator: ", ")): "
          + "\(counted(report.leftOut, "picture")) left out")
    }
    guard !failures.isEmpty else { return lines }
    lines.append("Skipped   \(counted(failures.count, "file")) that cannot be read")
    lines += failures.prefix(Self.failuresShown).map { "          \($0.name): \($0.reason)" }
    let rest = failures.count - Self.failuresShown
    return lines
      + (rest > 0 ? ["          and \(counted(rest, "other")), all listed with --format json"] : [])
  }

  private var figures: [String] {
    let (evaluation, details) = (report.evaluation, report.details)
    let correct = grouped(matrix.correct.reduce(0, +))
    var lines = [
      "loss      \(fixed(evaluation.loss, 4))",
      "accuracy  \(fixed(evaluation.accuracy, 4)) (\(correct) of \(grouped(evaluation.count)))",
    ]
    lines += report.skippedClasses.prefix(Self.failuresShown).map {
      "Note      \($0.description): the accuracy says nothing about them"
    }
    if details.topK > 1 {
      let title = "top-\(details.topK)"
      lines.append(
        title + String(repeating: " ", count: max(1, 10 - title.count)) + fixed(details.topKAccuracy, 4))
    }
    let error = fixed(details.calibration.expectedError, 4)
    return lines + ["ECE       \(error) (expected calibration error, \(Calibration.binCount) bins)"]
  }

  private var sampled: [StyledText] {
    report.sampled.map { SampledTable(evaluation: $0).lines(columns: columns) } ?? []
  }

  private var confusion: [StyledText] {
    guard names.count <= Self.matrixLimit else { return confusions }
    let table = ConfusionTable(matrix, names: names)
    return table.lines(columns: columns) ?? confusions
  }

  private var confusions: [StyledText] {
    let all = matrix.confusions
    guard !all.isEmpty else { return [] }
    var table = Table([.right, .left, .left])
    table.add(heads(["pictures", "actual", "predicted"]))
    for cell in all.prefix(Self.confusionsShown) {
      table.add([grouped(cell.count), names[cell.actual], names[cell.predicted]])
    }
    return paragraphs(["The most frequent confusions; all of them are printed with --format json:"])
      + table.lines(columns: columns)
  }

  private func heads(_ titles: [String]) -> [StyledText] { titles.map { StyledText($0, .faint) } }

  private var classes: [StyledText] {
    let scores = names.indices.map(matrix.scores)
    let isWhole = names.count <= Self.classesShown
    let worst = names.indices.sorted { (scores[$0].f1, $0) < (scores[$1].f1, $1) }.prefix(Self.classesShown)
    var table = Table([.left, .right, .right, .right, .right])
    table.add(heads(["class", "precision", "recall", "f1", "support"]))
    for label in isWhole ? Array(names.indices) : Array(worst) {
      table.add(row(names[label], scores[label]))
    }
    table.add(row("macro average", matrix.macroAverage))
    table.add(row("weighted average", matrix.weightedAverage))
    let title = "Of \(grouped(names.count)) classes the \(Self.classesShown) with the lowest F1:"
    return paragraphs(isWhole ? [] : [title]) + table.lines(columns: columns) + paragraphs(neverPredicted)
  }

  private func row(_ name: String, _ scores: ClassScores) -> [String] {
    [name] + [scores.precision, scores.recall, scores.f1].map { fixed($0, 4) } + [grouped(scores.support)]
  }

  /// A precision of nothing is no number, and counts as 0.
  private var neverPredicted: [String] {
    let missed = names.indices.filter { matrix.predicted[$0] == 0 && matrix.support[$0] > 0 }
    guard !missed.isEmpty else { return [] }
    let few = missed.prefix(Self.failuresShown).map { names[$0] }.joined(separator: ", ")
    let rest = missed.count - Self.failuresShown
    let listed = few + (rest > 0 ? " and \(counted(rest, "other"))" : "")
    return ["Nothing was taken for \(listed): the precision counts as 0."]
  }

  private var mistakes: [StyledText] {
    let worst = report.details.worst.samples
    guard !worst.isEmpty else { return [] }
    var table = Table([.right, .right, .left, .left, .path])
    table.add(heads(["loss", "probability", "predicted", "actual", "path"]))
    for mistake in worst {
      table.add([
        fixed(mistake.loss, 4), fixed(mistake.confidence, 4), names[mistake.predicted], names[mistake.label],
        report.dataset.name(at: mistake.index),
      ])
    }
    let title: StyledText = worst.count == 1 ? "The worst mistake:" : "The \(worst.count) worst mistakes:"
    return [title] + table.lines(columns: columns)
  }
}
