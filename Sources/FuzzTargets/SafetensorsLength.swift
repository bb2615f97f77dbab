/// The length of a safetensors file's header, which stands before it.
enum SafetensorsLength {
  private static let size = 8

  /// The same file with the length of the header set to where it ends, if it does: behind the brace that closes it, and
  /// the spaces that follow.
  static func repaired(_ bytes: [UInt8]) -> [UInt8] {
    guard let brace = closingBrace(bytes) else { return bytes }
    let end = bytes[brace...].dropFirst().firstIndex { $0 != UInt8(ascii: " ") } ?? bytes.count
    let length = UInt64(end - size)
    return (0..<size).map { UInt8(truncatingIfNeeded: length >> (8 * UInt64($0))) } + bytes[size...]
  }

  /// The same file without the spaces behind its header, which a fuzzer would waste its time on.
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
