import SampleImages

/// The file format of a picture. Together the files use most features of PNG and JPEG.
enum PetFormat {
  case png(PNGStyle)
  case jpeg(JPEGOptions, orientation: UInt16)

  enum PNGStyle {
    case gray(bits: Int)
    case rgb(bits: Int)
    case palette(bits: Int)
    /// The pet on a transparent background.
    case grayCutOut, rgbCutOut
    case interlaced
  }

  init(using generator: inout some RandomNumberGenerator) {
    if chance(0.4, using: &generator) {
      self = .png(PetFormat.pngStyle(using: &generator))
    } else {
      self = PetFormat.jpeg(using: &generator)
    }
  }

  var suffix: String {
    switch self {
    case .png: "png"
    case .jpeg: "jpg"
    }
  }

  /// Whether the pet is stored without its background.
  var isCutOut: Bool {
    switch self {
    case .png(.grayCutOut), .png(.rgbCutOut): true
    default: false
    }
  }

  /// The strength of noise for which the file does not become too large.
  var grain: Double {
    switch self {
    case .png: 0
    case .jpeg: 0.015
    }
  }

  /// A size in pixels with sides from 48 to 200. Formats that compress badly get small sizes.
  func size(using generator: inout some RandomNumberGenerator) -> (width: Int, height: Int) {
    let share = uniform(in: 0...1, using: &generator)
    let length = 55 + (largestSide - 55) * share * share
    let aspect = uniform(in: 0.85...1.18, using: &generator)
    func side(_ pixels: Double) -> Int { Int(min(max(pixels, 48), 200).rounded()) }
    return (side(length * aspect), side(length / aspect))
  }

  private var largestSide: Double {
    switch self {
    case .png(.rgb(bits: 16)), .png(.gray(bits: 16)): 66
    case .png(.rgb), .png(.rgbCutOut), .png(.interlaced): 100
    case .png: 140
    case .jpeg: 200
    }
  }

  /// - Throws: `ImageWriterError` when the encoder fails.
  func encode(_ picture: Picture) throws -> [UInt8] {
    switch self {
    case .png(let style): return try style.encode(picture)
    case .jpeg(let options, let orientation):
      let stored = picture.stored(for: orientation)
      let pixels = options.storage == .gray ? stored.gray(bits: 8) : stored.rgb(bits: 8)
      return try encodeJPEG(
        width: stored.width, height: stored.height, pixels: pixels.map { UInt8($0) }, options: options)
    }
  }

  private static func pngStyle(using generator: inout some RandomNumberGenerator) -> PNGStyle {
    pick(
      [
        .gray(bits: 8), .gray(bits: 4), .gray(bits: 16), .rgb(bits: 8), .rgb(bits: 8), .rgb(bits: 16),
        .palette(bits: 4), .palette(bits: 4), .palette(bits: 8), .palette(bits: 8), .grayCutOut,
        .rgbCutOut, .rgbCutOut, .interlaced,
      ], using: &generator)
  }

  private static func jpeg(using generator: inout some RandomNumberGenerator) -> PetFormat {
    let orientation = chance(0.25, using: &generator) ? pick([3, 6, 8], using: &generator) : UInt16(1)
    var options = JPEGOptions(storage: chance(0.15, using: &generator) ? .gray : .ycc)
    options.quality = Int(uniform(in: 60...85, using: &generator))
    options.progressive = chance(0.3, using: &generator)
    options.subsampling = pick([.full444, .half422, .quarter420, .quarter420], using: &generator)
    options.restartInterval = chance(0.1, using: &generator) ? 4 : 0
    if orientation != 1 { options.exif = exifBlock(orientation: orientation) }
    return .jpeg(options, orientation: orientation)
  }
}

extension PetFormat.PNGStyle {
  fileprivate func encode(_ picture: Picture) throws -> [UInt8] {
    let samples: [UInt16]
    let options: PNGOptions
    switch self {
    case .gray(let bits):
      samples = picture.gray(bits: bits)
      options = PNGOptions(colorType: .gray, bitDepth: bits)
    case .rgb(let bits):
      samples = picture.rgb(bits: bits)
      options = PNGOptions(colorType: .rgb, bitDepth: bits)
    case .interlaced:
      samples = picture.rgb(bits: 8)
      options = PNGOptions(colorType: .rgb, interlaced: true)
    case .palette(let bits):
      let palette = Palette(of: picture.rgbPixels(), count: bits == 8 ? 48 : 16)
      samples = palette.indices
      options = PNGOptions(colorType: .palette(palette.colors), bitDepth: bits)
    case .grayCutOut:
      samples = interleaved(picture.gray(bits: 8), channels: 1, alpha: picture.alpha())
      options = PNGOptions(colorType: .grayAlpha)
    case .rgbCutOut:
      samples = interleaved(picture.rgb(bits: 8), channels: 3, alpha: picture.alpha())
      options = PNGOptions(colorType: .rgba)
    }
    return try encodePNG(width: picture.width, height: picture.height, samples: samples, options: options)
  }

  private func interleaved(_ samples: [UInt16], channels: Int, alpha: [UInt16]) -> [UInt16] {
    alpha.indices.flatMap { samples[$0 * channels..<($0 + 1) * channels] + [alpha[$0]] }
  }
}
