import WhiskerTensor

/// Text whose parts have colours, where the terminal has them. Control characters in it appear as escapes.
struct StyledText: ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
  /// The terminal's own colours, so that they go with the user's theme, dark or light.
  enum Style: String {
    case bold = "1"
    case faint = "2"
    case red = "31"
    case green = "32"
    case yellow = "33"
  }

  private var parts: [(text: String, style: Style?)]

  init(_ text: String, _ style: Style? = nil) { parts = [(printable(text), style)] }

  init(stringLiteral text: String) { self.init(text) }

  /// The text alone.
  var text: String { parts.map(\.text).joined() }

  /// The columns that it takes.
  var width: Int { parts.reduce(0) { $0 + displayWidth($1.text) } }

  /// The text with the terminal's codes for its colours, where it has them.
  func rendered(_ hasColors: Bool = Terminal.hasColors) -> String {
    guard hasColors else { return text }
    return parts.map { text, style in style.map { "\u{1B}[\($0.rawValue)m\(text)\u{1B}[0m" } ?? text }
      .joined()
  }

  static func + (left: StyledText, right: StyledText) -> StyledText {
    var sum = left
    sum.parts += right.parts
    return sum
  }
}
