/// A position in JSON text for error messages: line and column, both counted from 1.
package struct JSONPlace: CustomStringConvertible {
  let line: Int
  let column: Int

  package var description: String { "line \(line), column \(column)" }

  /// A syntax error.
  package struct Problem {
    package let place: JSONPlace
    /// What was expected there.
    package let text: String
  }

  private init(_ offset: Int, in json: [UInt8]) {
    let before = json.prefix(offset)
    let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    line = before.count { $0 == UInt8(ascii: "\n") } + 1
    column = String(decoding: before[start...], as: UTF8.self).count + 1
  }

  /// The first syntax error of `json`; nil if it is valid.
  package static func problem(in json: [UInt8]) -> Problem? {
    var scan = JSONScan(json)
    guard let text = scan.whole([]) else { return nil }
    return Problem(place: JSONPlace(scan.position, in: json), text: text)
  }

  /// The position of the value at a path of keys and indices; nil if there is none.
  package static func of(_ path: [any CodingKey], in json: [UInt8]) -> JSONPlace? {
    var scan = JSONScan(json)
    _ = scan.whole(path[...])
    return scan.found.map { JSONPlace($0, in: json) }
  }
}

/// A JSON parser that only tracks positions. On a syntax error each function stops and returns what it expected; otherwise
/// it returns nil.
private struct JSONScan {
  private let json: [UInt8]
  private(set) var position = 0
  /// Where the value that was looked for begins.
  private(set) var found: Int?
  private var depth = 0

  private static let depthLimit = 512

  init(_ json: [UInt8]) { self.json = json }

  mutating func whole(_ path: ArraySlice<any CodingKey>) -> String? {
    if let problem = value(path) { return problem }
    skipBlanks()
    return position < json.count ? "expected the end of the file" : nil
  }

  /// - Parameter path: The path from here to the value being looked for; nil if that value is not inside this one.
  private mutating func value(_ path: ArraySlice<any CodingKey>?) -> String? {
    skipBlanks()
    if path?.isEmpty ?? false { found = position }
    depth += 1
    defer { depth -= 1 }
    guard depth < Self.depthLimit else { return "nested too deeply" }
    switch next {
    case UInt8(ascii: "{"): return elements(until: UInt8(ascii: "}")) { $0.member(path) }
    case UInt8(ascii: "["):
      var index = 0
      return elements(until: UInt8(ascii: "]")) { scan in
        defer { index += 1 }
        return scan.value(path?.first?.intValue == index ? path?.dropFirst() : nil)
      }
    case UInt8(ascii: "\""): return string()
    default: return word()
    }
  }

  private mutating func member(_ path: ArraySlice<any CodingKey>?) -> String? {
    skipBlanks()
    guard next == UInt8(ascii: "\"") else { return "expected a name in double quotes" }
    let start = position + 1
    if let problem = string() { return problem }
    let name = String(decoding: json[start..<position - 1], as: UTF8.self)
    skipBlanks()
    guard take(UInt8(ascii: ":")) else { return "expected a colon after the name" }
    return value(path?.first?.intValue == nil && path?.first?.stringValue == name ? path?.dropFirst() : nil)
  }

  private mutating func elements(until end: UInt8, _ element: (inout JSONScan) -> String?) -> String? {
    position += 1
    skipBlanks()
    if take(end) { return nil }
    while true {
      if let problem = element(&self) { return problem }
      skipBlanks()
      if take(end) { return nil }
      guard take(UInt8(ascii: ",")) else { return "expected a comma or \(Character(Unicode.Scalar(end)))" }
    }
  }

  private mutating func string() -> String? {
    position += 1
    while let byte = next, byte >= 0x20 {
      if take(UInt8(ascii: "\"")) { return nil }
      position += byte == UInt8(ascii: "\\") ? 2 : 1
    }
    return "expected a closing double quote"
  }

  /// A number, `true`, `false` or `null`.
  private mutating func word() -> String? {
    let start = position
    while let byte = next, !" \t\r\n,:]}[{\"".utf8.contains(byte) { position += 1 }
    let word = String(decoding: json[start..<position], as: UTF8.self)
    guard !["true", "false", "null"].contains(word) else { return nil }
    let isNumber = Double(word) != nil && word.utf8.allSatisfy { "+-.0123456789eE".utf8.contains($0) }
    guard !isNumber || word.hasPrefix("+") || word.hasPrefix(".") else { return nil }
    position = start
    return "expected a value"
  }

  private var next: UInt8? { position < json.count ? json[position] : nil }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard next == byte else { return false }
    position += 1
    return true
  }

  private mutating func skipBlanks() {
    while let byte = next, " \t\r\n".utf8.contains(byte) { position += 1 }
  }
}
