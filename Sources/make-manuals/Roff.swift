/// A manual page in the making, in the macros of man(7).
struct Roff {
  private(set) var text = ""

  /// A macro, with its arguments ready to be read.
  mutating func macro(_ name: String, _ arguments: String...) {
    text +=
      ([".\(name)"] + arguments.map { $0.contains(" ") ? "\"\($0)\"" : $0 }).joined(separator: " ") + "\n"
  }

  /// A line of text.
  mutating func line(_ line: String) {
    // A full stop or an apostrophe would make it a macro.
    text += (line.hasPrefix(".") || line.hasPrefix("'") ? "\\&" : "") + line + "\n"
  }

  /// Paragraphs, the examples under a heading of their own.
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

  /// Plain text as roff reads it; hyphens stay what a shell knows.
  static func escaped(_ plain: String) -> String {
    plain.replacing("\\", with: "\\e").replacing("-", with: "\\-").replacing("'", with: "\\(aq")
  }

  static let marking = Marking(literal: { bold($0) }, value: { italic($0) })

  static func bold(_ plain: String) -> String { "\\fB\(escaped(plain))\\fR" }
  static func italic(_ plain: String) -> String { "\\fI\(escaped(plain))\\fR" }
}
