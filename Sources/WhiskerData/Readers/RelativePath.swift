/// A path below a data set's root, as the bytes that the file system has; they need not be UTF-8.
package struct RelativePath: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The bytes, parts separated by `/`, without a leading one.
  package let bytes: [UInt8]

  /// A path from its bytes.
  package init(bytes: [UInt8]) { self.bytes = bytes }

  /// The path one level below this one.
  func appending(_ name: RelativePath) -> RelativePath {
    bytes.isEmpty ? name : RelativePath(bytes: bytes + [UInt8(ascii: "/")] + name.bytes)
  }

  /// Whether the last part starts with a dot.
  var isHidden: Bool { bytes.first == UInt8(ascii: ".") }

  /// The path that the system opens.
  func absolute(below root: String) -> [UInt8] { Array(root.utf8) + [UInt8(ascii: "/")] + bytes }

  /// Plain byte order, whatever the locale.
  package static func < (left: RelativePath, right: RelativePath) -> Bool {
    left.bytes.lexicographicallyPrecedes(right.bytes)
  }

  /// The path as it can be printed: what is not text, or would move the cursor, is escaped.
  package var description: String { printable(bytes) }
}

/// Text made of arbitrary bytes, safe to print: control characters and what is no UTF-8 appear as escapes.
func printable(_ bytes: [UInt8]) -> String {
  // Most names are plain, and asking Unicode about every letter of millions of names takes a minute.
  if bytes.allSatisfy({ (0x20..<0x7F).contains($0) }) { return String(decoding: bytes, as: UTF8.self) }
  if let text = String(validating: bytes, as: UTF8.self), !text.unicodeScalars.contains(where: isControl) {
    return text
  }
  var text = ""
  var decoder = UTF8()
  var rest = bytes.makeIterator()
  var position = 0
  while true {
    switch decoder.decode(&rest) {
    case .emptyInput: return text
    case .error:
      text += escape(bytes[position])
      position += 1
      decoder = UTF8()
      rest = Array(bytes[position...]).makeIterator()
    case .scalarValue(let scalar):
      text += isControl(scalar) ? String(scalar).utf8.map(escape).joined() : String(scalar)
      position += UTF8.width(scalar)
    }
  }
}

/// Whether a text can be printed as it is.
package func isPrintable(_ text: String) -> Bool { !text.unicodeScalars.contains(where: isControl) }

private func isControl(_ scalar: Unicode.Scalar) -> Bool {
  scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format
}

private func escape(_ byte: UInt8) -> String {
  let digits = String(byte, radix: 16)
  return "\\x" + (digits.count == 1 ? "0" : "") + digits
}
