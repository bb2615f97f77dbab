/// Paths with braces, as WebDataset's users write them: `shards/{000..015}.tar`, `{a,b}.tar`.
enum BracePattern {
  private static let pathLimit = 100_000

  /// The paths that a pattern stands for, in its order; nil for a path without braces, and for more than 100,000.
  static func expand(_ pattern: String) -> [String]? {
    guard let open = pattern.firstIndex(of: "{"), let close = pattern[open...].firstIndex(of: "}") else {
      return nil
    }
    let choices = choices(pattern[pattern.index(after: open)..<close])
    guard let choices, !choices.isEmpty else { return nil }
    let (start, rest) = (pattern[..<open], String(pattern[pattern.index(after: close)...]))
    let ends = rest.contains("{") ? expand(rest) : [rest]
    guard let ends, choices.count * ends.count <= pathLimit else { return nil }
    return choices.flatMap { choice in ends.map { start + choice + $0 } }
  }

  private static func choices(_ text: Substring) -> [String]? {
    guard let dots = text.firstRange(of: "..") else {
      let parts = text.split(separator: ",", omittingEmptySubsequences: false)
      return parts.count > 1 ? parts.map(String.init) : nil
    }
    let (first, last) = (text[..<dots.lowerBound], text[dots.upperBound...])
    let digits = { (text: Substring) in text.utf8.allSatisfy { (0x30...0x39).contains($0) } }
    guard digits(first), digits(last), let start = Int(first), let end = Int(last), start <= end,
      end - start < pathLimit
    else { return nil }
    return (start...end).map { number in
      let text = String(number)
      // As in a shell, leading zeros give the width.
      return first.hasPrefix("0")
        ? String(repeating: "0", count: max(0, first.count - text.count)) + text : text
    }
  }
}
