/// PNG files taken apart and put together by hand.
enum PNGChunk {
  /// A chunk with its length and its checksum.
  static func chunk(_ type: String, _ data: [UInt8]) -> [UInt8] {
    let body = Array(type.utf8) + data
    return bigEndian(UInt32(data.count)) + body + bigEndian(checksum(body))
  }

  /// A file that announces a picture and holds none of it.
  static func header(width: UInt32, height: UInt32, interlaced: Bool = false) -> [UInt8] {
    [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
      + chunk("IHDR", bigEndian(width) + bigEndian(height) + [8, 0, 0, 0, interlaced ? 1 : 0])
      + chunk("IDAT", []) + chunk("IEND", [])
  }

  /// The same file with all of its IDAT chunks as one.
  static func joiningData(_ png: [UInt8]) -> [UInt8] {
    var (before, data, after) = (Array(png.prefix(8)), [UInt8](), [UInt8]())
    var rest = png.dropFirst(8)
    while rest.count >= 12 {
      let length = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
      let whole = rest.prefix(length + 12)
      if whole.dropFirst(4).starts(with: Array("IDAT".utf8)) {
        data += whole.dropFirst(8).dropLast(4)
      } else if data.isEmpty {
        before += whole
      } else {
        after += whole
      }
      rest = rest.dropFirst(length + 12)
    }
    return before + chunk("IDAT", data) + after
  }

  /// The same file with a chunk put before the first of the given type.
  static func inserting(_ chunk: [UInt8], before type: String, in png: [UInt8]) -> [UInt8] {
    let start = (png.firstRange(of: Array(type.utf8))?.lowerBound ?? png.count + 4) - 4
    return png.prefix(start) + chunk + png.dropFirst(start)
  }

  static func bigEndian(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(value >> (24 - 8 * $0) & 0xFF) } }

  /// CRC-32 as in annex D of the PNG standard.
  private static func checksum(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(UInt32.max) { table[Int(($0 ^ UInt32($1)) & 0xFF)] ^ $0 >> 8 }
  }

  private static let table: [UInt32] = (0..<256).map { n in
    (0..<8).reduce(UInt32(n)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ value >> 1 : value >> 1 }
  }
}
