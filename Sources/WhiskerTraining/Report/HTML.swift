import WhiskerTensor

/// Markup. What is put into it is escaped, unless it is markup itself: whatever a file is called, it cannot become a tag.
package struct HTML: Sendable, ExpressibleByStringInterpolation {
  package private(set) var text: String

  package init(stringLiteral text: String) { self.text = text }
  package init(stringInterpolation interpolation: Interpolation) { text = interpolation.text }

  /// Markup that was checked by hand, such as a style sheet.
  package init(markup text: String) { self.text = text }

  /// Markup after markup.
  package init(_ parts: some Sequence<HTML>) { text = parts.reduce(into: "") { $0 += $1.text } }

  var isEmpty: Bool { text.isEmpty }

  /// The words without the markup, in plain characters, for a terminal.
  var plainText: String {
    let words = text.replacing(#/<[^>]*>/#, with: "")
    return Self.plainCharacters.reduce(words) { $0.replacing($1.0, with: $1.1) }
  }

  /// The ampersand comes last, so that nothing is unescaped twice.
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
    /// A length or a place in a drawing, to a tenth.
    package mutating func appendInterpolation(_ place: Double) { text += HTML.tenths(place) }
  }

  /// The text with nothing left in it that means something in markup or attributes, control characters made visible.
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

/// The markup where it is wanted, and nothing elsewhere. (Between `?` and `:` a literal would be plain text.)
func when(_ isWanted: Bool, _ html: @autoclosure () -> HTML) -> HTML { isWanted ? html() : HTML([]) }

/// A percentage that no line is broken in.
func share(_ share: Double) -> HTML { HTML(markup: fixed(share * 100, 1) + "&#160;%") }

/// A picture that is for the eye alone: what it shows is said beside it.
func picture(_ dataURI: String) -> HTML { "<img alt=\"\" src=\"\(HTML(markup: dataURI))\"/>" }

/// A name that users gave, which may be written from right to left.
func name(_ text: String) -> HTML { "<bdi>\(text)</bdi>" }
