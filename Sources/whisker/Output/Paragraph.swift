/// A line of text, wrapped to the width of a terminal with a hanging indent.
struct Paragraph {
  private let line: String
  private let columns: Int

  /// The width of a label: "Data      photos".
  static let labelWidth = 10

  /// - Parameter columns: The width of the terminal.
  init(_ line: String, columns: Int) { (self.line, self.columns) = (line, columns) }

  /// The lines, with the label in bold. A word longer than a line stays whole, so that paths can be copied.
  var lines: [StyledText] {
    guard hasLabel else { return wrapped(line, indent: leadingSpaces).map { StyledText($0) } }
    let lines = wrapped(line, indent: Self.labelWidth)
    return [
      StyledText(String(lines[0].prefix(Self.labelWidth)), .bold)
        + StyledText(String(lines[0].dropFirst(Self.labelWidth)))
    ] + lines.dropFirst().map { StyledText($0) }
  }

  private var leadingSpaces: Int { line.prefix { $0 == " " }.count }

  private var hasLabel: Bool {
    let label = line.prefix(Self.labelWidth)
    return line.count > Self.labelWidth && label.first != " " && label.last == " "
  }

  private func wrapped(_ line: String, indent: Int) -> [String] {
    guard displayWidth(line) > columns else { return [line] }
    let margin = String(repeating: " ", count: indent)
    var lines = [String(line.prefix(indent))]
    var isEmpty = true
    for word in words(line.dropFirst(indent), columns: columns - indent) {
      if !isEmpty, displayWidth(lines[lines.count - 1]) + 1 + displayWidth(word) > columns {
        lines.append(margin)
        isEmpty = true
      }
      lines[lines.count - 1] += (isEmpty ? "" : " ") + word
      isEmpty = false
    }
    return lines
  }

  /// The units that are not broken: phrases up to a comma if they fit into a line, else words.
  private func words(_ text: Substring, columns: Int) -> [Substring] {
    var pieces: [Substring] = []
    var rest = text
    while let comma = rest.firstRange(of: ", ") {
      pieces.append(rest[..<rest.index(after: comma.lowerBound)])
      rest = rest[comma.upperBound...]
    }
    return (pieces + [rest]).flatMap { piece in
      displayWidth(piece) <= columns ? [piece] : piece.split(separator: " ", omittingEmptySubsequences: false)
    }
  }
}
