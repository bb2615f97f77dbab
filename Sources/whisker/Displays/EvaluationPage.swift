import WhiskerCore
import WhiskerTraining

/// The result of an evaluation as text.
struct EvaluationPage {
  private let report: EvaluationReport
  /// The width of the terminal; nil for none.
  private let columns: Int?

  /// The number of classes to name in a note.
  private static let notedClasses = 10
  /// The largest number of classes for a confusion matrix on a screen.
  private static let matrixLimit = 20
  /// With more classes, only those with the lowest F1 are listed.
  private static let classesShown = 40
  /// The number of confusions to list instead of a matrix.
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
      "Model     \(report.model.path), "
        + (report.model.memberCount.map { "the mean of \(counted($0, "network"))" }
          ?? "epoch \(report.model.summary.epoch)"),
      "Data      \(report.data), \(report.part): \(counted(report.evaluation.count, "picture"))",
    ] + differences
  }

  private var differences: [String] {
    let (match, failures) = (report.match, report.evaluation.failures)
    var lines: [String] = []
    if let trainedOn = report.trainedOn, trainedOn > 0 {
      lines.append(
        "Note      the model was trained on \(grouped(trainedOn)) of these pictures: the accuracy on new pictures is "
          + "probably lower")
    }
    if let augmentation = report.model.testTimeAugmentation {
      lines.append("Averaged  over each picture and its mirror image (--tta \(augmentation.rawValue))")
    }
    if !match.missing.isEmpty {
      lines.append("Note      missing from the dataset: \(match.missing.joined(separator: ", "))")
    }
    if !match.extra.isEmpty {
      lines.append(
        "Note      unknown to the model: \(match.extra.joined(separator: ", ")) "
          + "(\(counted(report.leftOut, "picture")) excluded)")
    }
    guard !failures.isEmpty else { return lines }
    lines.append("Skipped   \(counted(failures.count, "file")) that cannot be read")
    lines += failures.prefix(FailureList.shown).map { "          \($0.name): \($0.reason.withFlags)" }
    let rest = failures.count - FailureList.shown
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
    lines += report.skippedClasses.prefix(Self.notedClasses).map {
      "Note      \($0.description): the accuracy does not cover them"
    }
    if details.topK > 1 {
      let title = "top-\(details.topK)"
      lines.append(
        title + String(repeating: " ", count: max(1, 10 - title.count)) + fixed(details.topKAccuracy, 4))
    }
    let error = fixed(details.calibration.expectedError, 4)
    lines.append("ECE       \(error) (expected calibration error, \(Calibration.binCount) bins)")
    if let calibrated = details.calibrated {
      lines.append(
        "          \(fixed(calibrated.calibration.expectedError, 4)) with temperature "
          + "\(fixed(calibrated.temperature, 4)), as whisker predict applies it; loss \(fixed(calibrated.loss, 4))"
      )
    }
    return lines
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
    return paragraphs(["Most frequent confusions (--format json prints all):"])
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
    let title = "The \(Self.classesShown) of \(grouped(names.count)) classes with the lowest F1:"
    return paragraphs(isWhole ? [] : [title]) + table.lines(columns: columns) + paragraphs(neverPredicted)
  }

  private func row(_ name: String, _ scores: ClassScores) -> [String] {
    [name] + [scores.precision, scores.recall, scores.f1].map { fixed($0, 4) } + [grouped(scores.support)]
  }

  /// A note on classes without predictions, whose precision is undefined and counts as 0.
  private var neverPredicted: [String] {
    let missed = names.indices.filter { matrix.predicted[$0] == 0 && matrix.support[$0] > 0 }
    guard !missed.isEmpty else { return [] }
    let few = missed.prefix(Self.notedClasses).map { names[$0] }.joined(separator: ", ")
    let rest = missed.count - Self.notedClasses
    let listed = few + (rest > 0 ? " and \(counted(rest, "other"))" : "")
    return ["Never predicted: \(listed). The precision counts as 0."]
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
    return ["Mistakes with the highest loss:"] + table.lines(columns: columns)
  }
}

/// Accuracy and calibration with and without Monte-Carlo dropout, as text.
struct SampledTable {
  let evaluation: SampledEvaluation

  func lines(columns: Int?) -> [StyledText] {
    var table = Table([.left, .right, .right])
    let passes = counted(evaluation.sampling.passes, "pass", "passes")
    table.add(["Monte-Carlo dropout", "without", passes].map { StyledText($0, .faint) })
    let (plain, sampled) = (evaluation.plain, evaluation.sampled)
    let (plainCurve, sampledCurve) = (plain.curve, sampled.curve)
    let rows = [
      ("loss", plain.loss, sampled.loss), ("accuracy", plain.accuracy, sampled.accuracy),
      ("ECE", plain.calibration.expectedError, sampled.calibration.expectedError),
      ("area under risk-coverage", plainCurve.area, sampledCurve.area),
    ]
    let kept = SampledEvaluation.coverages.dropFirst().map {
      (
        "accuracy of the most confident \(percent($0))", plainCurve.accuracy(at: $0),
        sampledCurve.accuracy(at: $0)
      )
    }
    for (name, left, right) in rows + kept { table.add([name, fixed(left, 4), fixed(right, 4)]) }
    return table.lines(columns: columns)
  }
}

/// A confusion matrix as a table: one row per actual class, one column per predicted class.
struct ConfusionTable {
  private let matrix: ConfusionMatrix
  private let names: [String]

  init(_ matrix: ConfusionMatrix, names: [String]) { (self.matrix, self.names) = (matrix, names) }

  /// The lines, narrower if `columns` columns require it; nil if they do not fit.
  func lines(columns: Int?) -> [StyledText]? {
    [named, numbered].first { $0.fits(columns) }?.lines()
  }

  private var named: Table {
    table(["actual \\ predicted"] + names, gap: 2, rows: names, number: grouped)
  }

  /// The table with numbers instead of names for the predicted classes.
  private var numbered: Table {
    let numbers = names.indices.map(String.init)
    let rows = names == numbers ? names : zip(numbers, names).map { "\($0) \($1)" }
    return table(["actual"] + numbers, gap: 1, rows: rows, number: String.init)
  }

  private func table(
    _ heads: [String], gap: Int, rows: [String], number: (Int) -> String
  ) -> Table {
    var table = Table([.left] + names.map { _ in .right } + [.right], gap: gap)
    table.add((heads + ["correct"]).map { StyledText($0, .faint) })
    for (label, row) in matrix.rows.enumerated() {
      let count = row.reduce(0, +)
      let share = count > 0 ? percent(Double(row[label]) / Double(count)) : "-"
      let cells = row.enumerated().map { predicted, count in
        StyledText(number(count), Self.style(count, isRight: predicted == label))
      }
      table.add([StyledText(rows[label])] + cells + [StyledText(share)])
    }
    return table
  }

  private static func style(_ count: Int, isRight: Bool) -> StyledText.Style? {
    count == 0 ? .faint : isRight ? .green : .red
  }
}
