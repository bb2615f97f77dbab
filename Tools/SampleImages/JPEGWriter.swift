import CImageWriters

/// Options of `encodeJPEG`.
public struct JPEGOptions: Sendable {
  /// The components in the file.
  public enum Storage: Sendable {
    case gray, ycc
    /// RGB without conversion, marked by an Adobe marker with transform 0.
    case rgb
    /// CMYK without conversion, or as YCC and K, with an Adobe marker. Values are stored unchanged: pass 255 - ink to write the
    /// same as Photoshop.
    case cmyk, ycck
  }

  /// The subsampling of the two chroma components.
  public enum Subsampling: Sendable {
    case full444, half422, half440, quarter420, quarter411

    /// The number of pixels per chroma sample, horizontally and vertically.
    fileprivate var factors: (horizontal: Int32, vertical: Int32) {
      switch self {
      case .full444: (1, 1)
      case .half422: (2, 1)
      case .half440: (1, 2)
      case .quarter420: (2, 2)
      case .quarter411: (4, 1)
      }
    }
  }

  /// The components in the file.
  public var storage: Storage
  /// 1 (smallest) to 100 (best).
  public var quality: Int
  /// Whether the JPEG is progressive.
  public var progressive: Bool
  /// Chroma subsampling; ignored for gray, RGB and CMYK.
  public var subsampling: Subsampling
  /// MCUs between restart markers, 0 (none) to 65535.
  public var restartInterval: Int
  /// A TIFF block, at most 65527 bytes; the Exif wrapper is added.
  public var exif: [UInt8]?

  /// Options with defaults for a baseline JPEG.
  public init(
    storage: Storage, quality: Int = 85, progressive: Bool = false,
    subsampling: Subsampling = .quarter420, restartInterval: Int = 0, exif: [UInt8]? = nil
  ) {
    self.storage = storage
    self.quality = quality
    self.progressive = progressive
    self.subsampling = subsampling
    self.restartInterval = restartInterval
    self.exif = exif
  }
}

/// The JPEG file of a picture.
///
/// - Parameter pixels: interleaved bytes, row by row: gray, RGB (for YCC and RGB) or CMYK (for CMYK and YCCK).
/// - Throws: `ImageWriterError` when sizes, values and options do not fit together, or the encoder fails.
public func encodeJPEG(
  width: Int, height: Int, pixels: [UInt8], options: JPEGOptions
) throws -> [UInt8] {
  try checkSize(width: width, height: height, limit: 65500, format: "JPEG")
  try options.check()
  let expected = width * height * options.storage.channels
  guard pixels.count == expected else {
    throw ImageWriterError("cannot encode JPEG: \(pixels.count) bytes where \(expected) are needed")
  }

  var settings = ciw_jpeg_options()
  settings.width = UInt32(width)
  settings.height = UInt32(height)
  settings.storage = options.storage.code
  settings.quality = Int32(options.quality)
  settings.progressive = options.progressive ? 1 : 0
  (settings.horizontal_subsampling, settings.vertical_subsampling) = options.subsampling.factors
  settings.restart_interval = UInt32(options.restartInterval)
  let app1 = options.exif.map { Array("Exif\0\0".utf8) + $0 } ?? []
  return try app1.withUnsafeBufferPointer { app1 in
    settings.app1 = app1.baseAddress
    settings.app1_count = app1.count
    return try encoded(as: "JPEG") { ciw_jpeg_encode(&settings, pixels, $0) }
  }
}

extension JPEGOptions.Storage {
  fileprivate var channels: Int {
    switch self {
    case .gray: 1
    case .ycc, .rgb: 3
    case .cmyk, .ycck: 4
    }
  }

  fileprivate var code: ciw_jpeg_storage {
    switch self {
    case .gray: CIW_JPEG_GRAY
    case .ycc: CIW_JPEG_YCC
    case .rgb: CIW_JPEG_RGB
    case .cmyk: CIW_JPEG_CMYK
    case .ycck: CIW_JPEG_YCCK
    }
  }
}

extension JPEGOptions {
  private static let longestExif = 65533 - "Exif\0\0".utf8.count

  fileprivate func check() throws {
    guard (1...100).contains(quality) else {
      throw ImageWriterError("cannot encode JPEG: quality \(quality) is not within 1...100")
    }
    guard (0...65535).contains(restartInterval) else {
      throw ImageWriterError(
        "cannot encode JPEG: restart interval \(restartInterval) is not within 0...65535")
    }
    guard (exif ?? []).count <= Self.longestExif else {
      throw ImageWriterError("cannot encode JPEG: the Exif block is longer than \(Self.longestExif) bytes")
    }
  }
}
