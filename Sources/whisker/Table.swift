/// Rows of text in aligned columns, ready to be printed.
struct Table {
  enum Alignment {
    case left
    case right
  }

  private let alignments: [Alignment]
  private var rows: [[String]] = []

  /// A table whose columns are aligned as given.
  init(_ alignments: [Alignment]) { self.alignments = alignments }

  mutating func add(_ row: [String]) { rows.append(row) }

  /// The lines, each behind `indent` spaces.
  func lines(indent: Int = 0) -> [String] {
    let widths = alignments.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let cells = row.enumerated().map { pad($0.element, to: widths[$0.offset], alignments[$0.offset]) }
      let line = String(repeating: " ", count: indent) + cells.joined(separator: "  ")
      return String(line.reversed().drop { $0 == " " }.reversed())
    }
  }

  private func pad(_ text: String, to width: Int, _ alignment: Alignment) -> String {
    let spaces = String(repeating: " ", count: max(0, width - text.count))
    return alignment == .left ? text + spaces : spaces + text
  }
}
