import CImageWriters

/// Options of `encodeWebP`.
public struct WebPOptions: Sendable {
  /// Whether pixels are RGBA, not RGB.
  public var hasAlpha: Bool
  /// Whether the colours are kept exactly.
  public var lossless: Bool
  /// 0 (smallest) to 100 (best).
  public var quality: Float

  /// Options with defaults for a lossy picture without transparency.
  public init(hasAlpha: Bool = false, lossless: Bool = false, quality: Float = 85) {
    self.hasAlpha = hasAlpha
    self.lossless = lossless
    self.quality = quality
  }
}

/// The WebP file of a picture.
///
/// - Parameter pixels: interleaved bytes, row by row: RGB or RGBA.
/// - Throws: `ImageWriterError` when sizes, values and options do not fit together, or the encoder fails.
public func encodeWebP(
  width: Int, height: Int, pixels: [UInt8], options: WebPOptions = WebPOptions()
) throws -> [UInt8] {
  try checkSize(width: width, height: height, limit: 16383, format: "WebP")
  let expected = width * height * (options.hasAlpha ? 4 : 3)
  guard pixels.count == expected else {
    throw ImageWriterError("cannot encode WebP: \(pixels.count) bytes where \(expected) are needed")
  }
  var settings = ciw_webp_options()
  settings.width = UInt32(width)
  settings.height = UInt32(height)
  settings.has_alpha = options.hasAlpha ? 1 : 0
  settings.lossless = options.lossless ? 1 : 0
  settings.quality = options.quality
  return try encoded(as: "WebP") { ciw_webp_encode(&settings, pixels, $0) }
}

/// The parts of a WebP file.
public enum WebPChunk {
  /// A chunk with its name of four letters and its length; an odd one is filled up.
  public static func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
    Array(name.utf8) + littleEndian(data.count, bytes: 4) + data + (data.count % 2 == 1 ? [0] : [])
  }

  /// A file of the given chunks.
  public static func file(_ chunks: [UInt8]) -> [UInt8] {
    chunk("RIFF", Array("WEBP".utf8) + chunks)
  }

  /// The chunks of a file's picture: everything behind its header, without the description of a canvas.
  public static func image(of file: [UInt8]) -> [UInt8] {
    Array(file.dropFirst(file.dropFirst(12).starts(with: "VP8X".utf8) ? 30 : 12))
  }

  /// The description of a canvas.
  public static func canvas(
    width: Int, height: Int, hasAlpha: Bool = false, isAnimated: Bool = false
  ) -> [UInt8] {
    let flags: UInt8 = (hasAlpha ? 0x10 : 0) | (isAnimated ? 0x02 : 0)
    return chunk(
      "VP8X", [flags, 0, 0, 0] + littleEndian(width - 1, bytes: 3) + littleEndian(height - 1, bytes: 3))
  }

  /// A frame of an animation; `x` and `y` are even.
  public static func frame(_ image: [UInt8], x: Int, y: Int, width: Int, height: Int) -> [UInt8] {
    let place = [x / 2, y / 2, width - 1, height - 1].flatMap { littleEndian($0, bytes: 3) }
    return chunk("ANMF", place + [100, 0, 0, 0] + image)
  }

  private static func littleEndian(_ value: Int, bytes: Int) -> [UInt8] {
    (0..<bytes).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}
