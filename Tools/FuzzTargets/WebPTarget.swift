import SampleImages
import WhiskerData

/// WebP pictures: lossy and lossless, with and without alpha and a canvas, and animations.
struct WebPTarget: FuzzTarget {
  let name = "webp"
  let maximumLength = 8192

  var words: [[UInt8]] {
    ["RIFF", "WEBP", "VP8 ", "VP8L", "VP8X", "ALPH", "ANIM", "ANMF", "EXIF", "ICCP", "XMP "].map {
      Array($0.utf8)
    }
      // The signatures of a lossy and a lossless picture.
      + [[0x9D, 0x01, 0x2A], [0x2F]]
  }

  func check(_ bytes: [UInt8]) throws -> FuzzOutcome { try PictureCheck.run(bytes) }

  func seeds() throws -> [[UInt8]] {
    let kinds = [
      WebPOptions(), WebPOptions(hasAlpha: true), WebPOptions(lossless: true),
      WebPOptions(hasAlpha: true, lossless: true),
    ]
    return try kinds.flatMap { options in
      try [(21, 13), (16, 16)].flatMap { width, height in
        try seeds(options, width: width, height: height)
      }
    }
  }

  private func seeds(_ options: WebPOptions, width: Int, height: Int) throws -> [[UInt8]] {
    let channels = options.hasAlpha ? 4 : 3
    let pixels = (0..<width * height * channels).map { UInt8($0 * 7 / 3 % 256) }
    let plain = try encodeWebP(width: width, height: height, pixels: pixels, options: options)
    let image = WebPChunk.image(of: plain)
    let canvas = WebPChunk.canvas(width: width, height: height, hasAlpha: options.hasAlpha)
    let stage = WebPChunk.canvas(
      width: width + 5, height: height + 4, hasAlpha: options.hasAlpha, isAnimated: true)
    let frame = WebPChunk.frame(image, x: 4, y: 2, width: width, height: height)
    let exif = WebPChunk.chunk("EXIF", exifBlock(orientation: 6))
    return [plain, WebPChunk.file(canvas + image + exif), WebPChunk.file(stage + frame + frame + exif)]
  }
}
