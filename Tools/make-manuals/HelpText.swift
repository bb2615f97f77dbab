/// The plain text of a help page, divided into paragraphs, indented (preformatted) lines and `Examples:`.
struct HelpText {
  /// Consecutive lines of one kind.
  struct Lines {
    let isExample: Bool
    var lines: [String]
  }

  struct Paragraph {
    /// Whether the lines follow `Examples:`.
    let isExamples: Bool
    let parts: [Lines]
  }

  let paragraphs: [Paragraph]

  init(_ plain: String) {
    paragraphs = plain.split(separator: "\n\n").map { paragraph in
      let lines = paragraph.split(separator: "\n").map(String.init)
      let isExamples = lines.first == "Examples:"
      return Paragraph(isExamples: isExamples, parts: Self.parts(lines.dropFirst(isExamples ? 1 : 0)))
    }
  }

  private static func parts(_ lines: ArraySlice<String>) -> [Lines] {
    lines.reduce(into: []) { parts, line in
      let isExample = line.hasPrefix(" ")
      if parts.last?.isExample == isExample {
        parts[parts.count - 1].lines.append(line)
      } else {
        parts.append(Lines(isExample: isExample, lines: [line]))
      }
    }
  }
}
