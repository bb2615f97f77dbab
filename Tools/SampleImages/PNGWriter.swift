import CImageWriters

/// Options of `encodePNG`.
public struct PNGOptions: Sendable {
  /// The color type.
  public enum ColorType: Sendable {
    case gray, grayAlpha, rgb, rgba
    /// Indices into 1 to 256 colours; `alpha` covers the first entries and may be shorter, or empty.
    case palette([RGB], alpha: [UInt8] = [])
  }

  /// The layout of a pixel.
  public var colorType: ColorType
  /// Bits per sample: 1, 2, 4, 8 or 16, where the PNG standard allows them for the color type.
  public var bitDepth: Int
  /// Whether the picture is interlaced (Adam7).
  public var interlaced: Bool
  /// The sample values of the transparent colour: one for gray, three for RGB; not allowed for other color types.
  public var transparentColor: [UInt16]?
  /// A TIFF block for an eXIf chunk.
  public var exif: [UInt8]?

  /// Options with defaults for a picture that is not interlaced.
  public init(
    colorType: ColorType, bitDepth: Int = 8, interlaced: Bool = false,
    transparentColor: [UInt16]? = nil, exif: [UInt8]? = nil
  ) {
    self.colorType = colorType
    self.bitDepth = bitDepth
    self.interlaced = interlaced
    self.transparentColor = transparentColor
    self.exif = exif
  }
}

/// The PNG file of a picture.
///
/// - Parameter samples: interleaved raw values of `options.bitDepth` bits, row by row; for a palette, indices.
/// - Throws: `ImageWriterError` when sizes, values and options do not fit together, or the encoder fails.
public func encodePNG(
  width: Int, height: Int, samples: [UInt16], options: PNGOptions
) throws -> [UInt8] {
  try checkSize(width: width, height: height, limit: 1_000_000, format: "PNG")
  try options.check()
  try options.check(samples, width: width, height: height)

  let rowSamples = width * options.colorType.channels
  let rowBytes = (rowSamples * options.bitDepth + 7) / 8
  let rows = packed(samples, rowSamples: rowSamples, bitDepth: options.bitDepth)
  let palette = options.colorType.paletteBytes
  let alpha = options.colorType.paletteAlpha
  let exif = options.exif ?? []

  var settings = ciw_png_options()
  settings.width = UInt32(width)
  settings.height = UInt32(height)
  settings.color = options.colorType.code
  settings.bit_depth = Int32(options.bitDepth)
  settings.interlaced = options.interlaced ? 1 : 0
  if let key = options.transparentColor {
    settings.has_color_key = 1
    settings.color_key = (key[0], key.count > 1 ? key[1] : 0, key.count > 2 ? key[2] : 0)
  }
  return try palette.withUnsafeBufferPointer { palette in
    try alpha.withUnsafeBufferPointer { alpha in
      try exif.withUnsafeBufferPointer { exif in
        settings.palette = palette.baseAddress
        settings.palette_count = Int32(palette.count / 3)
        settings.palette_alpha = alpha.baseAddress
        settings.palette_alpha_count = Int32(alpha.count)
        settings.exif = exif.baseAddress
        settings.exif_count = exif.count
        return try encoded(as: "PNG") { ciw_png_encode(&settings, rows, rowBytes, $0) }
      }
    }
  }
}

/// - Throws: `ImageWriterError` unless both sides are within 1...`limit`.
func checkSize(width: Int, height: Int, limit: Int, format: String) throws {
  guard (1...limit).contains(width), (1...limit).contains(height) else {
    throw ImageWriterError("cannot encode \(format): \(width)x\(height) is not within 1...\(limit) a side")
  }
}

/// Rows of samples as PNG stores them: most significant bit first, each row padded to whole bytes.
private func packed(_ samples: [UInt16], rowSamples: Int, bitDepth: Int) -> [UInt8] {
  var bytes: [UInt8] = []
  bytes.reserveCapacity(samples.count * max(bitDepth, 8) / 8)
  for rowStart in stride(from: 0, to: samples.count, by: rowSamples) {
    var pending: UInt32 = 0
    var pendingBits = 0
    for sample in samples[rowStart..<rowStart + rowSamples] {
      pending = pending << UInt32(bitDepth) | UInt32(sample)
      pendingBits += bitDepth
      while pendingBits >= 8 {
        pendingBits -= 8
        bytes.append(UInt8(truncatingIfNeeded: pending >> UInt32(pendingBits)))
      }
    }
    if pendingBits > 0 {
      bytes.append(UInt8(truncatingIfNeeded: pending << UInt32(8 - pendingBits)))
    }
  }
  return bytes
}

extension PNGOptions.ColorType {
  fileprivate var channels: Int {
    switch self {
    case .gray, .palette: 1
    case .grayAlpha: 2
    case .rgb: 3
    case .rgba: 4
    }
  }

  fileprivate var code: ciw_png_color {
    switch self {
    case .gray: CIW_PNG_GRAY
    case .grayAlpha: CIW_PNG_GRAY_ALPHA
    case .rgb: CIW_PNG_RGB
    case .rgba: CIW_PNG_RGBA
    case .palette: CIW_PNG_PALETTE
    }
  }

  fileprivate var bitDepths: [Int] {
    switch self {
    case .gray: [1, 2, 4, 8, 16]
    case .palette: [1, 2, 4, 8]
    case .grayAlpha, .rgb, .rgba: [8, 16]
    }
  }

  fileprivate var paletteBytes: [UInt8] {
    guard case .palette(let colors, _) = self else { return [] }
    return colors.flatMap { [$0.red, $0.green, $0.blue] }
  }

  fileprivate var paletteAlpha: [UInt8] {
    guard case .palette(_, let alpha) = self else { return [] }
    return alpha
  }

  /// The number of values of a transparent colour; nil if PNG does not allow one.
  fileprivate var transparentColorCount: Int? {
    switch self {
    case .gray: 1
    case .rgb: 3
    case .grayAlpha, .rgba, .palette: nil
    }
  }
}

extension PNGOptions {
  private var largestSample: UInt16 { UInt16((1 << bitDepth) - 1) }

  fileprivate func check() throws {
    guard colorType.bitDepths.contains(bitDepth) else {
      throw ImageWriterError("cannot encode PNG: \(bitDepth) bits do not go with this colour type")
    }
    if let key = transparentColor {
      guard key.count == colorType.transparentColorCount, key.allSatisfy({ $0 <= largestSample }) else {
        throw ImageWriterError("cannot encode PNG: the transparent colour does not fit the colour type")
      }
    }
    guard case .palette(let colors, let alpha) = colorType else { return }
    guard !colors.isEmpty, colors.count <= 1 << bitDepth, alpha.count <= colors.count else {
      throw ImageWriterError(
        "cannot encode PNG: \(colors.count) colours and \(alpha.count) alphas for \(bitDepth)-bit indices")
    }
  }

  fileprivate func check(_ samples: [UInt16], width: Int, height: Int) throws {
    let expected = width * height * colorType.channels
    guard samples.count == expected else {
      throw ImageWriterError("cannot encode PNG: \(samples.count) samples where \(expected) are needed")
    }
    var largest = largestSample
    if case .palette(let colors, _) = colorType { largest = UInt16(colors.count - 1) }
    if let sample = samples.first(where: { $0 > largest }) {
      throw ImageWriterError("cannot encode PNG: sample \(sample) is above \(largest)")
    }
  }
}
