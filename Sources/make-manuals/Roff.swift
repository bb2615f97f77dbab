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

  /// Paragraphs of plain text, as help pages have them: indented lines stay as they are, and `Examples:` is a section.
  mutating func paragraphs(_ plain: String) {
    for (place, paragraph) in plain.split(separator: "\n\n").enumerated() {
      let lines = paragraph.split(separator: "\n").map(String.init)
      if lines.first == "Examples:" {
        macro("SH", "EXAMPLES")
      } else if place > 0 {
        macro("PP")
      }
      var isExample = false
      for line in lines where line != "Examples:" {
        if line.hasPrefix(" ") != isExample {
          macro(isExample ? "EE" : "EX")
          isExample.toggle()
        }
        self.line(Self.escaped(line))
      }
      if isExample { macro("EE") }
    }
  }

  /// Plain text as roff reads it; hyphens stay what a shell knows.
  static func escaped(_ plain: String) -> String {
    plain.replacing("\\", with: "\\e").replacing("-", with: "\\-").replacing("'", with: "\\(aq")
  }

  static func bold(_ plain: String) -> String { "\\fB\(escaped(plain))\\fR" }
  static func italic(_ plain: String) -> String { "\\fI\(escaped(plain))\\fR" }
}
