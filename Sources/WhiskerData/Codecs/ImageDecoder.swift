import WhiskerCore

/// Decodes pictures to samples of one size.
///
/// The first bytes decide the format. A JPEG is decoded at the smallest DCT scale that leaves twice the wanted
/// size (unless its full size is asked for), straight to gray where gray is wanted. Exact area averaging follows, and
/// EXIF's orientation is applied. Gamma and colour profiles are ignored.
///
/// Where pictures are kept at another size, they are scaled to that size first, and from there to the size of the samples.
///
/// Rows are averaged as they are decoded, so that a picture needs the memory of a few rows, for a JPEG at its reduced scale.
/// There are three exceptions, by the nature of the formats and libraries: an interlaced PNG is held as a whole, at up to 4
/// bytes a pixel, and so are a WebP, at up to 4 or, if it is lossless, 8 bytes a pixel, and the coefficients of a JPEG of several
/// scans (a progressive one), at 2 bytes a sample, which is up to 8 a pixel.
public struct ImageDecoder: Sendable {
  /// The shape of the samples.
  public let preprocessing: Preprocessing
  /// The shape of pictures as they are kept.
  private let kept: Preprocessing
  /// The resizing of kept pictures to samples; nil where pictures are kept as samples.
  private let resizing: Resizing?
  /// The largest number of pixels that a picture may have; checked before memory is allocated.
  public let maximumPixels: Int
  /// Whether a picture that is cut short or damaged is used with the part that decoded, at least a row. The rest of a PNG or
  /// WebP is background, or coarse in an interlaced PNG; the rest of a JPEG is as libjpeg fills it, mostly gray.
  public let allowsTruncated: Bool

  /// Pillow's limit, above which it assumes a decompression bomb.
  public static let defaultMaximumPixels = 178_956_970
  /// The longest side of a picture, in pixels. Every row has a cost, however short it is: without a limit, a file of 300 KB
  /// could take minutes.
  public static let sideLimit = 1_000_000
  /// The largest file that is read, in bytes.
  public static let fileSizeLimit = 1 << 30

  /// A decoder to the size and colours of `preprocessing`.
  public init(
    _ preprocessing: Preprocessing, maximumPixels: Int = defaultMaximumPixels,
    allowsTruncated: Bool = false
  ) {
    self.preprocessing = preprocessing
    kept = preprocessing.kept
    resizing = preprocessing.cacheSize == nil ? nil : Resizing(preprocessing)
    self.maximumPixels = maximumPixels
    self.allowsTruncated = allowsTruncated
  }

  /// Decodes the file in `bytes` to a sample `[height, width, channels]`.
  /// - Parameter bytes: The contents of a picture's file.
  /// - Parameter name: The file's path, for errors.
  /// - Throws: `FileError` when the format is not supported, or the picture is damaged, cut short or too large.
  public func decode(_ bytes: [UInt8], name: String) throws -> [UInt8] {
    try withPicture(bytes, name: name) { picture, _ in try decode(picture, name: name) }
  }

  /// A picture that was decoded, and how it was stored.
  struct Examined {
    let pixels: [UInt8]
    let format: ImageFormat
    let width: Int
    let height: Int
  }

  /// Decodes the file in `bytes` as `decode` does, and describes it as it is stored.
  /// - Throws: `FileError` when the format is not supported, or the picture is damaged, cut short or too large.
  func examine(_ bytes: [UInt8], name: String) throws -> Examined {
    try withPicture(bytes, name: name) { picture, format in
      Examined(
        pixels: try decode(picture, name: name), format: format, width: picture.width, height: picture.height)
    }
  }

  func withPicture<Result>(
    _ bytes: [UInt8], name: String, _ body: (Picture, ImageFormat) throws -> Result
  ) throws -> Result {
    let format = try Self.format(of: bytes, name: name)
    return try bytes.withUnsafeBufferPointer { buffer in
      try body(Picture(format, bytes: buffer, name: name), format)
    }
  }

  /// The contents of a picture's file. Of another file, only the first bytes are read.
  /// - Throws: `FileError` when it cannot be read, is too large, or is of another format.
  static func contents(of path: [UInt8], name: String) throws -> [UInt8] {
    try FileBytes.read(path, name: name, limit: fileSizeLimit) { _ = try format(of: $0, name: name) }
  }

  /// The contents of a picture's file in `tree`. Of another file, only the first bytes are read.
  /// - Throws: `FileError` when it cannot be read, is too large, or is of another format.
  static func contents(of file: RelativePath, in tree: any FileTree) throws -> [UInt8] {
    try tree.contents(of: file, limit: fileSizeLimit) { _ = try format(of: $0, name: file.description) }
  }

  private static func format(of bytes: some Collection<UInt8>, name: String) throws -> ImageFormat {
    let format = FileFormat(bytes)
    guard let picture = format.picture else {
      let conversion = format.isConvertible ? " (mogrify -format png converts it)" : ""
      throw FileError(name, "is \(format.description), not \(ImageFormat.names)\(conversion)")
    }
    return picture
  }

  /// Scales a gray picture that is already in memory, `[height, width]`, to a sample.
  public func scale(_ gray: UnsafeBufferPointer<UInt8>, width: Int, height: Int) -> [UInt8] {
    let placement = Placement(sourceWidth: width, sourceHeight: height, preprocessing: kept)
    let rows = Picture.Rows(width: width, height: height, channels: 1)
    var row = gray.baseAddress!
    let region = placement.region(of: (width, height), scale: 1)
    let pixels = average(rows, region, placement) { target in
      target.update(from: row, count: width)
      row += width
      return true
    }
    return resized(place(pixels, placement, .upright))
  }

  private func checkSize(of picture: Picture, name: String) throws {
    let (pixels, overflow) = picture.width.multipliedReportingOverflow(by: picture.height)
    guard !overflow, pixels <= maximumPixels, pixels > 0 else {
      throw FileError(
        name,
        "is \(picture.width)x\(picture.height) pixels large, over the limit of \(maximumPixels) (\(.maximumPixels))",
        advice: "Raise \(.maximumPixels) if the size is intended")
    }
    guard max(picture.width, picture.height) <= Self.sideLimit else {
      throw FileError(
        name,
        "is \(picture.width)x\(picture.height) pixels large, over the limit of \(Self.sideLimit) on a side")
    }
  }

  private func decode(_ picture: Picture, name: String) throws -> [UInt8] {
    try checkSize(of: picture, name: name)
    let orientation = picture.orientation
    let upright =
      orientation.swapsSides
      ? (width: picture.height, height: picture.width) : (width: picture.width, height: picture.height)
    let placement = Placement(
      sourceWidth: upright.width, sourceHeight: upright.height, preprocessing: kept)
    let stored = placement.stored(orientation)
    let rows = try picture.start(
      eighths: kept.decode == .full ? 8 : stored.eighths,
      gray: kept.colorMode == .grayscale, allowsTruncated: allowsTruncated)
    let region = stored.region(of: (picture.width, picture.height), scale: rows.scale)
    let samples = try average(rows, region, stored) { try picture.readRow(into: $0) }
    return resized(place(samples, placement, orientation))
  }

  private func resized(_ picture: [UInt8]) -> [UInt8] {
    guard let resizing else { return picture }
    return picture.withUnsafeBufferPointer { resizing.sample(of: $0) }
  }

  /// Reads all rows and averages the used part of them down to the placement's size.
  /// - Parameter readRow: Reads the next row, and returns whether there is one.
  private func average(
    _ rows: Picture.Rows, _ region: AreaAverage.Region, _ placement: Placement,
    readRow: (UnsafeMutablePointer<UInt8>) throws -> Bool
  ) rethrows -> [UInt8] {
    let converter = PixelConverter(
      sourceChannels: rows.channels, colorMode: kept.colorMode, background: kept.background)
    var average = AreaAverage(
      sourceWidth: rows.width, region: region, width: placement.width, height: placement.height,
      channels: kept.channels)
    var bytes = [UInt8](repeating: 0, count: AreaAverage.capacity(for: rows.width * rows.channels))
    var floats = [Float](repeating: 0, count: AreaAverage.capacity(for: rows.width * kept.channels))
    try bytes.withUnsafeMutableBufferPointer { bytes in
      try floats.withUnsafeMutableBufferPointer { floats in
        var isThere = true
        for y in 0..<rows.height {
          isThere = try isThere && readRow(bytes.baseAddress!)
          guard !isThere || !converter.isIdentity else {
            average.add(UnsafeBufferPointer(bytes), y: y)
            continue
          }
          if isThere {
            converter.convert(bytes.baseAddress!, width: rows.width, into: floats.baseAddress!)
          } else {
            // Missing rows are background, as transparent pixels are.
            converter.fill(width: rows.width, into: floats.baseAddress!)
          }
          average.add(UnsafeBufferPointer(floats), y: y)
        }
      }
    }
    return average.pixels()
  }

  /// Turns the scaled pixels upright and places them on the background.
  private func place(_ pixels: [UInt8], _ placement: Placement, _ orientation: Orientation) -> [UInt8] {
    let stored = placement.stored(orientation)
    guard orientation != .upright || kept.aspect == .pad else { return pixels }
    let channels = kept.channels
    var sample = emptySample()
    for y in 0..<placement.height {
      for x in 0..<placement.width {
        let from = orientation.stored(x: x, y: y, storedWidth: stored.width, storedHeight: stored.height)
        let source = (from.y * stored.width + from.x) * channels
        let target = ((placement.y + y) * kept.width + placement.x + x) * channels
        for channel in 0..<channels { sample[target + channel] = pixels[source + channel] }
      }
    }
    return sample
  }

  /// A sample that is all background.
  private func emptySample() -> [UInt8] {
    let color = kept.background
    let gray = PixelConverter.luma(Float(color.red), Float(color.green), Float(color.blue))
    let pixel = kept.channels == 1 ? [UInt8(gray + 0.5)] : [color.red, color.green, color.blue]
    return (0..<kept.height * kept.width).flatMap { _ in pixel }
  }
}

extension Placement {
  /// The used part of a picture whose sides were multiplied by `scale`.
  fileprivate func region(of size: (width: Int, height: Int), scale: Double) -> AreaAverage.Region {
    AreaAverage.Region(
      x: (Double(size.width) - cropWidth) / 2 * scale, y: (Double(size.height) - cropHeight) / 2 * scale,
      width: cropWidth * scale, height: cropHeight * scale)
  }
}
