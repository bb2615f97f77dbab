import CZlib
import FoundationEssentials

/// A PNG file (ISO/IEC 15948) of 8-bit gray or RGB pixels, small enough to stand in a page.
package struct PlainPNG {
  /// The bytes of the file.
  package private(set) var bytes: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  /// Encodes pixels `[height, width, channels]` of 1 or 3 channels.
  package init(_ pixels: [UInt8], width: Int, height: Int, channels: Int) {
    precondition(pixels.count == width * height * channels, "there is a pixel for every place")
    let colorType: UInt8 = channels == 1 ? 0 : 2
    addChunk("IHDR", Self.bigEndian(width) + Self.bigEndian(height) + [8, colorType, 0, 0, 0])
    let row = width * channels
    // Every row begins with its filter, which is none.
    let rows = (0..<height).flatMap { [0] + pixels[$0 * row..<($0 + 1) * row] }
    addChunk("IDAT", Self.deflated(rows))
    addChunk("IEND", [])
  }

  /// The file as a page takes it.
  package var dataURI: String { "data:image/png;base64," + Data(bytes).base64EncodedString() }

  private mutating func addChunk(_ type: String, _ contents: [UInt8]) {
    let chunk = Array(type.utf8) + contents
    bytes += Self.bigEndian(contents.count) + chunk
    bytes += Self.bigEndian(Int(chunk.withUnsafeBytes { CRC32.of($0) }))
  }

  private static func deflated(_ bytes: [UInt8]) -> [UInt8] {
    var count = compressBound(UInt(bytes.count))
    return [UInt8](unsafeUninitializedCapacity: Int(count)) { buffer, written in
      let status = compress2(buffer.baseAddress, &count, bytes, UInt(bytes.count), Z_DEFAULT_COMPRESSION)
      precondition(status == Z_OK, "zlib has room for what it makes, and the memory that it needs")
      written = Int(count)
    }
  }

  private static func bigEndian(_ number: Int) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
  }
}
