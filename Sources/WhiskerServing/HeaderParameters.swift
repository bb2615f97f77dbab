/// The parameters of a header such as `form-data; name="file"; filename="a.jpg"` (RFC 9110 section 5.6.6).
package struct HeaderParameters {
  private var values: [(name: String, value: String)] = []

  /// Reads the parameters as far as they are well formed.
  package init(_ header: String) {
    var rest = Array(header.unicodeScalars)[...]
    rest = rest.drop { $0 != ";" }
    while rest.popFirst() != nil {
      let name = String(String.UnicodeScalarView(rest.prefix { $0 != "=" && $0 != ";" }))
      rest = rest.drop { $0 != "=" && $0 != ";" }
      guard rest.first == "=" else { continue }
      rest.removeFirst()
      values.append((Self.trimmed(name).lowercased(), Self.takeValue(&rest)))
      rest = rest.drop { $0 != ";" }
    }
  }

  /// The first value of a parameter; nil if there is none.
  package func value(_ name: String) -> String? { values.first { $0.name == name }?.value }

  /// A token, or a quoted string with its escapes.
  private static func takeValue(_ rest: inout ArraySlice<Unicode.Scalar>) -> String {
    rest = rest.drop { $0 == " " || $0 == "\t" }
    guard rest.first == "\"" else {
      let token = rest.prefix { $0 != ";" }
      rest = rest.dropFirst(token.count)
      return trimmed(String(String.UnicodeScalarView(token)))
    }
    rest.removeFirst()
    var value = String.UnicodeScalarView()
    while let scalar = rest.popFirst(), scalar != "\"" {
      // Browsers escape only the quote, and not the backslash of a path.
      if scalar == "\\", let next = rest.first, next == "\"" || next == "\\" {
        value.append(rest.removeFirst())
      } else {
        value.append(scalar)
      }
    }
    return String(value)
  }

  private static func trimmed(_ text: String) -> String {
    let isBlank = { (character: Character) in character == " " || character == "\t" }
    return String(text.drop(while: isBlank).reversed().drop(while: isBlank).reversed())
  }
}
