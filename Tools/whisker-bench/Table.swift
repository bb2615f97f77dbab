/// The table as text.
struct Table {
  private let rows: [[String]]

  init(_ rows: [Row]) {
    var cells = [Row.header]
    var last = ""
    for row in rows {
      cells.append(row.cells(isFirst: row.benchmark != last))
      last = row.benchmark
    }
    self.rows = cells
  }

  /// Names are left-aligned, numbers right-aligned.
  var text: String {
    let widths = Row.header.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { cells in
      let line = cells.indices.map { column in
        let space = String(repeating: " ", count: widths[column] - cells[column].count)
        return 2...4 ~= column ? space + cells[column] : cells[column] + space
      }.joined(separator: "  ")
      return String(line.reversed().drop { $0 == " " }.reversed()) + "\n"
    }.joined()
  }
}
