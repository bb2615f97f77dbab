import WhiskerCore

/// Text with coloured parts. Control characters are escaped.
struct StyledText: ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
  /// Colours of the terminal's palette, which fit the user's dark or light theme.
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

  /// The text without colours.
  var text: String { parts.map(\.text).joined() }

  /// The width in columns.
  var width: Int { parts.reduce(0) { $0 + displayWidth($1.text) } }

  /// The text with ANSI codes for its colours, if the terminal supports them.
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
