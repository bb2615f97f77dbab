/// The header length at the start of a safetensors file.
enum SafetensorsLength {
  private static let size = 8

  /// The same file with the correct header length: up to the closing brace and the spaces after it, if there is one.
  static func repaired(_ bytes: [UInt8]) -> [UInt8] {
    guard let brace = closingBrace(bytes) else { return bytes }
    let end = bytes[brace...].dropFirst().firstIndex { $0 != UInt8(ascii: " ") } ?? bytes.count
    let length = UInt64(end - size)
    return (0..<size).map { UInt8(truncatingIfNeeded: length >> (8 * UInt64($0))) } + bytes[size...]
  }

  /// The same file without the spaces after its header, on which a fuzzer would waste time.
  static func withoutPadding(_ bytes: [UInt8]) -> [UInt8] {
    guard let brace = closingBrace(bytes) else { return bytes }
    return repaired(Array(bytes[...brace]) + bytes[brace...].dropFirst().drop { $0 == UInt8(ascii: " ") })
  }

  private static func closingBrace(_ bytes: [UInt8]) -> Int? {
    var (depth, isText, isEscaped) = (0, false, false)
    for index in bytes.indices.dropFirst(size) {
      let byte = bytes[index]
      if isText {
        if byte == UInt8(ascii: "\""), !isEscaped { isText = false }
        isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
        continue
      }
      if byte == UInt8(ascii: "\"") { isText = true }
      if byte == UInt8(ascii: "{") { depth += 1 }
      if byte == UInt8(ascii: "}") { depth -= 1 }
      if depth <= 0 { return depth == 0 && byte == UInt8(ascii: "}") ? index : nil }
    }
    return nil
  }
}
