import Glibc

/// The text of a path. To the system a path is bytes, which need not be UTF-8: a byte that is not part of a character
/// appears in the text as a private character, U+10F780 for 0x80 up to U+10F7FF for 0xFF, so that `pathBytes` finds it
/// again.
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

/// Hands out a path as the system takes it.
package func withPath<Result>(_ text: String, _ body: (UnsafePointer<CChar>) throws -> Result) rethrows
  -> Result
{
  guard text.holdsEscapes else { return try text.withCString(body) }
  return try (pathBytes(text) + [0]).withUnsafeBufferPointer { buffer in
    try buffer.withMemoryRebound(to: CChar.self) { try body($0.baseAddress!) }
  }
}

extension String {
  /// Whether the text stands for bytes that are not UTF-8.
  package var holdsEscapes: Bool {
    // Only characters far beyond those of any language start with this byte.
    utf8.contains(0xF4) && unicodeScalars.contains { $0.escapedByte != nil }
  }
}

extension Unicode.Scalar {
  private static let firstEscape: UInt32 = 0x10F780

  /// The byte, from 0x80 on, that the character stands for in a path's text.
  package var escapedByte: UInt8? {
    value >= Self.firstEscape && value <= Self.firstEscape + 0x7F
      ? UInt8(value - Self.firstEscape + 0x80) : nil
  }

  fileprivate init(escaping byte: UInt8) {
    // Bytes below 0x80 are characters by themselves.
    self = byte < 0x80 ? Unicode.Scalar(byte) : Unicode.Scalar(Self.firstEscape + UInt32(byte) - 0x80)!
  }
}

/// The words of the command line, each as the text of a path: they need not be UTF-8.
package func commandLineWords() -> [String] {
  (0..<Int(CommandLine.argc)).compactMap { index in
    CommandLine.unsafeArgv[index].map { pathText(UnsafeRawBufferPointer(start: $0, count: strlen($0))) }
  }
}
