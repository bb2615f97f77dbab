import CZlib
import FoundationEssentials

/// Encodes pictures as PNG files (ISO/IEC 15948) in memory, for reports.
package enum PNGEncoder {
  private static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
  /// Fast: a few small pictures are written during training.
  private static let level: Int32 = 1

  /// The file of a picture `[height, width, channels]` of 1 channel, gray, or 3, RGB.
  package static func encode(_ pixels: [UInt8], height: Int, width: Int, channels: Int) -> [UInt8] {
    precondition(
      (channels == 1 || channels == 3) && height > 0 && width > 0
        && pixels.count == height * width * channels,
      "the pixels are those of a picture")
    let colorType: UInt8 = channels == 1 ? 0 : 2
    let header = bigEndian(width) + bigEndian(height) + [8, colorType, 0, 0, 0]
    return signature + chunk("IHDR", header) + chunk("IDAT", deflate(rows(pixels, width * channels)))
      + chunk("IEND", [])
  }

  /// The same file as a data URI for a page.
  package static func dataURI(_ pixels: [UInt8], height: Int, width: Int, channels: Int) -> String {
    let file = encode(pixels, height: height, width: width, channels: channels)
    return "data:image/png;base64," + Data(file).base64EncodedString()
  }

  /// The rows, each after the number of its filter, 0 for none.
  private static func rows(_ pixels: [UInt8], _ length: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(pixels.count + pixels.count / length)
    for start in stride(from: 0, to: pixels.count, by: length) {
      bytes.append(0)
      bytes += pixels[start..<start + length]
    }
    return bytes
  }

  private static func deflate(_ bytes: [UInt8]) -> [UInt8] {
    let capacity = compressBound(UInt(bytes.count))
    return [UInt8](unsafeUninitializedCapacity: Int(capacity)) { buffer, filled in
      var size = capacity
      let code = compress2(buffer.baseAddress, &size, bytes, UInt(bytes.count), level)
      precondition(code == Z_OK, "the buffer is large enough, and zlib has memory")
      filled = Int(size)
    }
  }

  private static func chunk(_ type: String, _ contents: [UInt8]) -> [UInt8] {
    let body = Array(type.utf8) + contents
    return bigEndian(contents.count) + body + bigEndian(Int(body.withUnsafeBytes { CRC32.of($0) }))
  }

  private static func bigEndian(_ number: Int) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
  }
}
