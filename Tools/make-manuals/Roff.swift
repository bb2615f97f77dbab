/// Builds a manual page with the macros of man(7).
struct Roff {
  private(set) var text = ""

  /// Appends a macro. Its arguments must be escaped.
  mutating func macro(_ name: String, _ arguments: String...) {
    text +=
      ([".\(name)"] + arguments.map { $0.contains(" ") ? "\"\($0)\"" : $0 }).joined(separator: " ") + "\n"
  }

  /// Appends a line of escaped text.
  mutating func line(_ line: String) {
    // A line that starts with a period or an apostrophe would be a macro.
    text += (line.hasPrefix(".") || line.hasPrefix("'") ? "\\&" : "") + line + "\n"
  }

  /// Appends paragraphs, with a separate heading for examples.
  mutating func paragraphs(_ help: HelpText) {
    for (place, paragraph) in help.paragraphs.enumerated() {
      if paragraph.isExamples {
        macro("SH", "EXAMPLES")
      } else if place > 0 {
        macro("PP")
      }
      for part in paragraph.parts {
        if part.isExample { macro("EX") }
        for line in part.lines { self.line(Self.escaped(line)) }
        if part.isExample { macro("EE") }
      }
    }
  }

  /// Escapes plain text for roff. Hyphens stay ASCII hyphens, so that commands can be copied.
  static func escaped(_ plain: String) -> String {
    plain.replacing("\\", with: "\\e").replacing("-", with: "\\-").replacing("'", with: "\\(aq")
  }

  static let marking = Marking(literal: { bold($0) }, value: { italic($0) })

  static func bold(_ plain: String) -> String { "\\fB\(escaped(plain))\\fR" }
  static func italic(_ plain: String) -> String { "\\fI\(escaped(plain))\\fR" }
}
