/// The checksums of the chunks of a PNG file.
enum PNGChecksums {
  private static let signatureSize = 8
  /// The size of a chunk without its data: length, type and checksum.
  private static let frameSize = 12

  /// The same file with correct checksums, up to the first malformed chunk.
  static func repaired(_ bytes: [UInt8]) -> [UInt8] {
    var repaired = bytes
    var start = signatureSize
    while start <= bytes.count - frameSize {
      let length = bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
      guard length <= bytes.count - start - frameSize else { break }
      let end = start + 8 + length
      let checksum = checksum(bytes[start + 4..<end])
      for i in 0..<4 { repaired[end + i] = UInt8(truncatingIfNeeded: checksum >> (24 - 8 * UInt32(i))) }
      start = end + 4
    }
    return repaired
  }

  /// CRC-32 as in annex D of the PNG standard.
  private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    ~bytes.reduce(UInt32.max) { table[Int(($0 ^ UInt32($1)) & 0xFF)] ^ $0 >> 8 }
  }

  private static let table: [UInt32] = (0..<256).map { n in
    (0..<8).reduce(UInt32(n)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ value >> 1 : value >> 1 }
  }
}
