/// The length of a safetensors file's header, which stands before it.
enum SafetensorsLength {
  private static let size = 8

  /// The same file with the length of the header set to where it ends: at its last brace and the spaces behind it.
  static func repaired(_ bytes: [UInt8]) -> [UInt8] {
    guard bytes.count > size, let brace = bytes.lastIndex(of: UInt8(ascii: "}")), brace >= size else {
      return bytes
    }
    let end = bytes[brace...].dropFirst().firstIndex { $0 != UInt8(ascii: " ") } ?? bytes.count
    let length = UInt64(end - size)
    return (0..<size).map { UInt8(truncatingIfNeeded: length >> (8 * UInt64($0))) } + bytes[size...]
  }
}
