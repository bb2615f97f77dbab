import WhiskerTensor
import WhiskerTraining

/// A confusion matrix as a table: a row per actual class, a column per predicted one.
struct ConfusionTable {
  private let matrix: ConfusionMatrix
  private let names: [String]

  init(_ matrix: ConfusionMatrix, names: [String]) { (self.matrix, self.names) = (matrix, names) }

  /// The lines, made narrower where a terminal of `columns` columns asks for it; nil where it is too narrow for that.
  func lines(columns: Int?) -> [StyledText]? {
    [named, numbered].first { $0.fits(columns) }?.lines()
  }

  private var named: Table {
    table(["actual \\ predicted"] + names, gap: 2, rows: names, number: grouped)
  }

  /// With numbers for the predicted classes, which the rows explain.
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
