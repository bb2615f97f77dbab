/// Text of arbitrary bytes, safe to print: control characters and invalid UTF-8 are escaped.
package func printable(_ bytes: [UInt8]) -> String {
  // Most names are ASCII. Looking up the Unicode properties of millions of names would take a minute.
  if bytes.allSatisfy({ (0x20..<0x7F).contains($0) }) { return String(decoding: bytes, as: UTF8.self) }
  if let text = String(validating: bytes, as: UTF8.self), !text.unicodeScalars.contains(where: isControl) {
    return text
  }
  var text = ""
  var decoder = UTF8()
  var rest = bytes[...].makeIterator()
  var position = 0
  while true {
    switch decoder.decode(&rest) {
    case .emptyInput: return text
    case .error:
      text += escape(bytes[position])
      position += 1
      decoder = UTF8()
      // A slice, not a copy: the bytes may be megabytes of invalid text.
      rest = bytes[position...].makeIterator()
    case .scalarValue(let scalar):
      text += isControl(scalar) ? String(scalar).utf8.map(escape).joined() : String(scalar)
      position += UTF8.width(scalar)
    }
  }
}

/// The text, safe to print: control characters, and invalid bytes of a path, are escaped.
package func printable(_ text: String) -> String { isPrintable(text) ? text : printable(pathBytes(text)) }

/// Whether a text can be printed unchanged.
package func isPrintable(_ text: String) -> Bool {
  // Unicode properties are slow to look up, so ASCII is tested first.
  text.utf8.allSatisfy { (0x20..<0x7F).contains($0) } || !text.unicodeScalars.contains(where: isControl)
}

/// JSON text, safe to print: control characters are replaced by equivalent JSON escapes.
package func printable(json: String) -> String {
  guard !isPrintable(json) else { return json }
  return json.unicodeScalars.map { scalar in
    guard isControl(scalar) else { return String(scalar) }
    return String(scalar).utf16.map { "\\u" + hexadecimal($0, digits: 4) }.joined()
  }.joined()
}

private func isControl(_ scalar: Unicode.Scalar) -> Bool {
  scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format
    || scalar.escapedByte != nil
}

private func escape(_ byte: UInt8) -> String { "\\x" + hexadecimal(UInt16(byte), digits: 2) }

private func hexadecimal(_ number: UInt16, digits count: Int) -> String {
  let digits = String(number, radix: 16)
  return String(repeating: "0", count: count - digits.count) + digits
}
