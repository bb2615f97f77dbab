/// Builds an article in DocC's Markdown.
struct Markdown {
  private(set) var text = ""

  mutating func heading(_ level: Int, _ title: String) {
    block([String(repeating: "#", count: level) + " " + Self.escaped(title)])
  }

  /// A paragraph.
  mutating func text(_ lines: [String]) { block(lines.map(Self.escaped)) }

  /// Appends a code block, without the common indentation of its lines.
  mutating func code(_ lines: [String]) {
    let margin = lines.map { $0.prefix { $0 == " " }.count }.min() ?? 0
    block(["```"] + lines.map { String($0.dropFirst(margin)) } + ["```"])
  }

  /// Appends terms with their meanings.
  mutating func terms(_ terms: [(term: String, meaning: String)]) {
    guard !terms.isEmpty else { return }
    block(terms.map { "- term `\($0.term)`: \(Self.escaped($0.meaning))" })
  }

  /// Appends links to the subpages.
  mutating func topics(_ title: String, _ pages: [String]) {
    guard !pages.isEmpty else { return }
    heading(2, "Topics")
    heading(3, title)
    block(pages.map { "- <doc:\($0)>" })
  }

  private mutating func block(_ lines: [String]) {
    text += (text.isEmpty ? "" : "\n") + lines.joined(separator: "\n") + "\n"
  }

  /// Escapes plain text for Markdown. Options become code, so that their hyphens are kept.
  private static func escaped(_ plain: String) -> String {
    let special: Set<Character> = ["\\", "`", "*", "_", "[", "]", "<", ">", "#", "|", "~", "&", "@"]
    let escaped = plain.map { special.contains($0) ? "\\\($0)" : "\($0)" }.joined()
      .replacing(#/--[a-z][a-z-]*[a-z]/#) { "`\($0.output)`" }
    // At the start of a line these would start a list item.
    return escaped.hasPrefix("-") || escaped.hasPrefix("+") ? "\\" + escaped : escaped
  }
}
