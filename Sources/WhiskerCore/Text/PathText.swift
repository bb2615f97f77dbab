import Glibc

/// The text of a path. The bytes of a path need not be UTF-8: an invalid byte becomes a private-use character, U+10F780 for
/// 0x80 up to U+10F7FF for 0xFF, which `pathBytes` converts back.
package func pathText(_ bytes: some Collection<UInt8>) -> String {
  if let text = String(validating: bytes, as: UTF8.self), !text.holdsEscapes { return text }
  var text = String.UnicodeScalarView()
  var rest = bytes[...]
  while let first = rest.first {
    var decoder = UTF8()
    var iterator = rest.makeIterator()
    if case .scalarValue(let scalar) = decoder.decode(&iterator), scalar.escapedByte == nil {
      text.append(scalar)
      rest = rest.dropFirst(UTF8.width(scalar))
    } else {
      text.append(Unicode.Scalar(escaping: first))
      rest = rest.dropFirst()
    }
  }
  return String(text)
}

/// The bytes of a path whose text is `text`.
package func pathBytes(_ text: String) -> [UInt8] {
  guard text.holdsEscapes else { return Array(text.utf8) }
  return text.unicodeScalars.flatMap { scalar in
    scalar.escapedByte.map { [$0] } ?? Array(String(scalar).utf8)
  }
}

/// Calls `body` with a path as a C string.
package func withPath<Result>(_ text: String, _ body: (UnsafePointer<CChar>) throws -> Result) rethrows
  -> Result
{
  guard text.holdsEscapes else { return try text.withCString(body) }
  return try withPath(pathBytes(text), body)
}

/// Calls `body` with a path as a C string.
package func withPath<Result>(_ bytes: [UInt8], _ body: (UnsafePointer<CChar>) throws -> Result) rethrows
  -> Result
{
  try (bytes + [0]).withUnsafeBufferPointer { buffer in
    try buffer.withMemoryRebound(to: CChar.self) { try body($0.baseAddress!) }
  }
}

extension String {
  /// Whether the text of a path has characters that represent invalid bytes.
  package var holdsEscapes: Bool {
    // In UTF-8 these characters start with 0xF4, which is rare.
    utf8.contains(0xF4) && unicodeScalars.contains { $0.escapedByte != nil }
  }
}

extension Unicode.Scalar {
  private static let firstEscape: UInt32 = 0x10F780

  /// The byte, 0x80 to 0xFF, that the character represents in the text of a path; nil for an ordinary character.
  package var escapedByte: UInt8? {
    value >= Self.firstEscape && value <= Self.firstEscape + 0x7F
      ? UInt8(value - Self.firstEscape + 0x80) : nil
  }

  fileprivate init(escaping byte: UInt8) {
    // Bytes below 0x80 are ASCII characters.
    self = byte < 0x80 ? Unicode.Scalar(byte) : Unicode.Scalar(Self.firstEscape + UInt32(byte) - 0x80)!
  }
}

/// The arguments of the process, each converted by `pathText` because they need not be UTF-8.
package func commandLineWords() -> [String] {
  (0..<Int(CommandLine.argc)).compactMap { index in
    CommandLine.unsafeArgv[index].map { pathText(UnsafeRawBufferPointer(start: $0, count: strlen($0))) }
  }
}
