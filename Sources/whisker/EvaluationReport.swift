import WhiskerData
import WhiskerTensor
import WhiskerTraining

/// The result of an evaluation, for people or for programs.
struct EvaluationReport {
  let model: Model
  let data: String
  let part: String
  let match: ClassMatch
  /// The pictures of classes that the model does not know.
  let leftOut: Int
  let evaluation: Evaluation

  /// How many unreadable files are told one by one.
  private static let failuresShown = 10
  /// A confusion matrix with more classes does not fit a screen; JSON has it whole.
  private static let classesShown = 20

  private struct Document: Encodable {
    struct Skipped: Encodable {
      let path: String
      let reason: String
    }

    let model: String
    let data: String
    let split: String
    let count: Int
    let loss: Double
    let accuracy: Double
    let classes: [String]
    let confusion: [[Int]]
    let missing_classes: [String]
    let extra_classes: [String]
    let skipped: [Skipped]
  }

  func json() throws -> String {
    try StableJSON.line(
      Document(
        model: model.path, data: data, split: part, count: evaluation.count, loss: evaluation.loss,
        accuracy: evaluation.accuracy, classes: model.classNames, confusion: evaluation.confusion,
        missing_classes: match.missing, extra_classes: match.extra,
        skipped: evaluation.failures.map { .init(path: $0.name, reason: $0.reason) }))
  }

  func text() -> String {
    let correct = model.classNames.indices.reduce(0) { $0 + evaluation.confusion[$1][$1] }
    var lines = [
      "Model     \(model.path), epoch \(model.summary.epoch)",
      "Data      \(data), \(part): \(counted(evaluation.count, "picture"))",
    ]
    lines += differences
    lines += [
      "loss      \(fixed(evaluation.loss, 4))",
      "accuracy  \(fixed(evaluation.accuracy, 4)) (\(grouped(correct)) of \(grouped(evaluation.count)))", "",
    ]
    return (lines + confusion).joined(separator: "\n")
  }

  private var differences: [String] {
    var lines: [String] = []
    if !match.missing.isEmpty {
      lines.append("Note      the data has none of \(match.missing.joined(separator: ", "))")
    }
    if !match.extra.isEmpty {
      lines.append(
        "Note      the model does not know \(match.extra.joined(separator: ", ")): "
          + "\(counted(leftOut, "picture")) left out")
    }
    guard !evaluation.failures.isEmpty else { return lines }
    lines.append("Skipped   \(counted(evaluation.failures.count, "file")) that cannot be read")
    lines += evaluation.failures.prefix(Self.failuresShown).map { "          \($0.name): \($0.reason)" }
    let rest = evaluation.failures.count - Self.failuresShown
    return lines
      + (rest > 0 ? ["          and \(counted(rest, "other")), all listed with --format json"] : [])
  }

  private var confusion: [String] {
    let names = model.classNames
    guard names.count <= Self.classesShown else {
      return ["The confusion matrix of \(names.count) classes is printed with --format json."]
    }
    var table = Table([.left] + names.map { _ in .right } + [.right])
    table.add(["actual \\ predicted"] + names + ["correct"])
    for (index, row) in evaluation.confusion.enumerated() {
      let count = row.reduce(0, +)
      let share = count > 0 ? percent(Double(row[index]) / Double(count)) : "-"
      table.add([names[index]] + row.map(grouped) + [share])
    }
    return table.lines()
  }
}
