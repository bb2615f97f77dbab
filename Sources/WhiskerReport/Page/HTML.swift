import WhiskerCore

/// Markup. Interpolated text is escaped unless it is markup itself, so that no file name can become a tag.
package struct HTML: Sendable, ExpressibleByStringInterpolation {
  package private(set) var text: String

  package init(stringLiteral text: String) { self.text = text }
  package init(stringInterpolation interpolation: Interpolation) { text = interpolation.text }

  /// Trusted markup, such as the style sheet.
  package init(markup text: String) { self.text = text }

  /// The concatenation of parts.
  package init(_ parts: some Sequence<HTML>) { text = parts.reduce(into: "") { $0 += $1.text } }

  var isEmpty: Bool { text.isEmpty }

  /// The text without tags and entities, for a terminal.
  var plainText: String {
    let words = text.replacing(#/<[^>]*>/#, with: "")
    return Self.plainCharacters.reduce(words) { $0.replacing($1.0, with: $1.1) }
  }

  /// `&amp;` comes last, so that nothing is unescaped twice.
  private static let plainCharacters = [
    ("&#160;", " "), ("\u{201C}", "\""), ("\u{201D}", "\""), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""),
    ("&#39;", "'"), ("&amp;", "&"),
  ]

  package static func + (left: HTML, right: HTML) -> HTML { HTML(markup: left.text + right.text) }

  package struct Interpolation: StringInterpolationProtocol {
    fileprivate(set) var text = ""

    package init(literalCapacity: Int, interpolationCount: Int) {
      text.reserveCapacity(literalCapacity + 16 * interpolationCount)
    }

    package mutating func appendLiteral(_ literal: String) { text += literal }
    package mutating func appendInterpolation(_ html: HTML) { text += html.text }
    package mutating func appendInterpolation(_ html: [HTML]) { for part in html { text += part.text } }
    package mutating func appendInterpolation(_ words: String) { text += HTML.escaped(words) }
    package mutating func appendInterpolation(_ number: Int) { text += String(number) }
    /// A length or coordinate, rounded to a tenth.
    package mutating func appendInterpolation(_ place: Double) { text += HTML.tenths(place) }
  }

  /// The text escaped for content and attributes, with control characters made visible.
  static func escaped(_ words: String) -> String {
    let words = printable(words)
    let isPlain = words.utf8.allSatisfy { $0 != 0x26 && $0 != 0x3C && $0 != 0x3E && $0 != 0x22 && $0 != 0x27 }
    guard !isPlain else { return words }
    return words.unicodeScalars.reduce(into: "") { text, scalar in
      switch scalar {
      case "&": text += "&amp;"
      case "<": text += "&lt;"
      case ">": text += "&gt;"
      case "\"": text += "&quot;"
      case "'": text += "&#39;"
      default: text.unicodeScalars.append(scalar)
      }
    }
  }

  private static func tenths(_ value: Double) -> String {
    guard value.isFinite, value.magnitude < 1e9 else { return "0" }
    let tenths = Int((value * 10).rounded())
    let (whole, rest) = (tenths.magnitude / 10, tenths.magnitude % 10)
    return (tenths < 0 ? "-" : "") + String(whole) + (rest > 0 ? ".\(rest)" : "")
  }
}

/// The markup if a condition holds, or nothing. (A literal in `? :` would be inferred as a plain string.)
func when(_ isWanted: Bool, _ html: @autoclosure () -> HTML) -> HTML { isWanted ? html() : HTML([]) }

/// A percentage with a no-break space.
func share(_ share: Double) -> HTML { HTML(markup: fixed(share * 100, 1) + "&#160;%") }

/// An image without alternative text, since the text beside it describes it.
func picture(_ dataURI: String) -> HTML { "<img alt=\"\" src=\"\(HTML(markup: dataURI))\"/>" }

/// A name given by users, isolated because it may be written from right to left.
func name(_ text: String) -> HTML { "<bdi>\(text)</bdi>" }
