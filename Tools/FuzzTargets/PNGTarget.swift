import SampleImages
import WhiskerData

/// PNG pictures. A refused input is tried again with correct checksums, because otherwise most changes would fail at the
/// checksum of their chunk.
struct PNGTarget: FuzzTarget {
  let name = "png"
  let maximumLength = 8192

  var words: [[UInt8]] {
    ["IHDR", "PLTE", "IDAT", "IEND", "tRNS", "eXIf", "gAMA", "cHRM", "sRGB", "sBIT", "bKGD", "iCCP", "zTXt"]
      .map {
        Array($0.utf8)
      }
  }

  func check(_ bytes: [UInt8]) throws -> FuzzOutcome {
    let outcome = try PictureCheck.run(bytes)
    return outcome == .accepted ? outcome : try PictureCheck.run(PNGChecksums.repaired(bytes))
  }

  func seeds() throws -> [[UInt8]] {
    let kinds: [(PNGOptions.ColorType, bits: [Int], channels: Int)] = [
      (.gray, [1, 2, 4, 8, 16], 1), (.grayAlpha, [8, 16], 2), (.rgb, [8, 16], 3), (.rgba, [8, 16], 4),
    ]
    return try [false, true].flatMap { interlaced in
      try kinds.flatMap { type, bits, channels in
        try bits.map { bits in
          try seed(PNGOptions(colorType: type, bitDepth: bits, interlaced: interlaced), channels: channels)
        }
      } + palettes(interlaced)
    } + transparent()
  }

  private func palettes(_ interlaced: Bool) throws -> [[UInt8]] {
    try [1, 2, 4, 8].map { bits in
      let colors = (0..<1 << bits).map { (i: Int) -> RGB in RGB(UInt8(i), UInt8(255 - i), 7) }
      let type = PNGOptions.ColorType.palette(colors, alpha: bits == 4 ? [0, 100, 255] : [])
      return try seed(PNGOptions(colorType: type, bitDepth: bits, interlaced: interlaced), channels: 1)
    }
  }

  private func transparent() throws -> [[UInt8]] {
    let exif = exifBlock(orientation: 6)
    return try [
      seed(PNGOptions(colorType: .gray, bitDepth: 4, transparentColor: [3], exif: exif), channels: 1),
      seed(PNGOptions(colorType: .rgb, bitDepth: 16, transparentColor: [1, 2, 3], exif: exif), channels: 3),
    ]
  }

  private func seed(_ options: PNGOptions, channels: Int) throws -> [UInt8] {
    let (width, height) = (11, 9)
    let samples = (0..<width * height * channels).map { UInt16($0 * 2557 % (1 << options.bitDepth)) }
    return try encodePNG(width: width, height: height, samples: samples, options: options)
  }
}
