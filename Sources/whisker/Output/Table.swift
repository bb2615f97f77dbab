/// Rows of text in aligned columns, ready to be printed.
struct Table {
  enum Alignment {
    case left
    case right
    /// To the left; cut at the beginning, because paths differ at the end.
    case path
  }

  private let alignments: [Alignment]
  private let gap: Int
  private var rows: [[StyledText]] = []

  /// The least width of a column of text in a narrow terminal.
  private static let leastWidth = 6

  /// A table with the given alignment of columns, and `gap` spaces between them.
  init(_ alignments: [Alignment], gap: Int = 2) { (self.alignments, self.gap) = (alignments, gap) }

  mutating func add(_ row: [String]) { rows.append(row.map { StyledText($0) }) }

  mutating func add(_ row: [StyledText]) { rows.append(row) }

  /// Whether the table fits into `columns` columns without being cut.
  func fits(_ columns: Int?) -> Bool { columns.map { total(widths, gap) <= $0 } ?? true }

  /// The lines, indented by `indent` spaces.
  /// - Parameter columns: The width of the terminal, to which columns of text are cut; nil for none.
  func lines(indent: Int = 0, columns: Int? = nil) -> [StyledText] {
    var widths = widths
    let gap = fits(columns) ? gap : 1
    let indent = columns.map { max(0, min(indent, $0 - total(widths, gap))) } ?? indent
    if let columns { shrink(&widths, gap, to: columns) }
    return rows.map { row in
      var line = StyledText(String(repeating: " ", count: indent))
      for (column, cell) in row.enumerated() {
        let cell = cell.width > widths[column] ? cut(cell, to: widths[column], alignments[column]) : cell
        let padding = StyledText(String(repeating: " ", count: widths[column] - cell.width))
        let isLast = row[(column + 1)...].allSatisfy { $0.width == 0 }
        line = line + (alignments[column] == .right ? padding + cell : isLast ? cell : cell + padding)
        if isLast { break }
        line = line + StyledText(String(repeating: " ", count: gap))
      }
      return line
    }
  }

  private var widths: [Int] {
    alignments.indices.map { column in rows.map { $0[column].width }.max() ?? 0 }
  }

  private func total(_ widths: [Int], _ gap: Int) -> Int { widths.reduce(gap * (widths.count - 1), +) }

  private func cut(_ cell: StyledText, to width: Int, _ alignment: Alignment) -> StyledText {
    StyledText(alignment == .path ? ending(of: cell.text, in: width) : beginning(of: cell.text, in: width))
  }

  /// Narrows the widest columns of text until the table fits.
  private func shrink(_ widths: inout [Int], _ gap: Int, to columns: Int) {
    let texts = widths.indices.filter { alignments[$0] != .right }.sorted { widths[$0] > widths[$1] }
    for column in texts {
      let excess = total(widths, gap) - columns
      guard excess > 0 else { return }
      widths[column] = max(min(Self.leastWidth, widths[column]), widths[column] - excess)
    }
  }
}
