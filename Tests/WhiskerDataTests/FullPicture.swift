import CImageCodecs
import WhiskerData

/// A picture as the libraries decode it at its full size, in double precision: what fidelity is measured against.
/// Nothing of WhiskerData's has touched it, down to the orientation.
struct FullPicture {
  /// RGB over white, as seen upright: `[height, width, 3]`.
  private(set) var colors: [Double] = []
  private(set) var width = 0
  private(set) var height = 0

  struct Failure: Error {}

  init(_ bytes: [UInt8]) throws {
    try bytes.withUnsafeBufferPointer { buffer in
      var status = WHISKER_PICTURE_OK
      var message = [CChar](repeating: 0, count: 200)
      let codec = (0..<2).lazy.compactMap { whisker_codec_at($0) }.first {
        $0.pointee.recognizes(buffer.baseAddress, buffer.count) != 0
      }
      guard let handle = codec?.pointee.open(buffer.baseAddress, buffer.count, &status, &message) else {
        throw Failure()
      }
      defer { whisker_picture_close(handle) }
      try read(handle)
      turn(Self.orientation(of: handle))
    }
  }

  /// The mean under every pixel of a `width` x `height` sample.
  func scaled(to width: Int, _ height: Int, _ colorMode: Preprocessing.ColorMode) -> [Double] {
    let pixels = colorMode == .rgb ? colors : lumas
    return AreaReference(
      pixels: pixels, width: self.width, height: self.height, channels: colorMode.channels
    ).means(of: width, height)
  }

  private var lumas: [Double] {
    stride(from: 0, to: colors.count, by: 3).map { luma(colors[$0], colors[$0 + 1], colors[$0 + 2]) }
  }

  private mutating func read(_ handle: OpaquePointer) throws {
    var layout = whisker_picture_layout()
    guard whisker_picture_start(handle, 8, 0, 0, &layout) == WHISKER_PICTURE_OK else { throw Failure() }
    (width, height) = (Int(layout.width), Int(layout.height))
    colors.reserveCapacity(width * height * 3)
    let channels = Int(layout.channels)
    var row = [UInt8](repeating: 0, count: width * channels)
    for _ in 0..<height {
      guard whisker_picture_read_row(handle, &row) == WHISKER_PICTURE_OK else { throw Failure() }
      for start in stride(from: 0, to: row.count, by: channels) {
        let alpha = channels % 2 == 0 ? Double(row[start + channels - 1]) / 255 : 1
        for channel in 0..<3 {
          let value = Double(row[start + (channels < 3 ? 0 : channel)])
          colors.append(value * alpha + 255 * (1 - alpha))
        }
      }
    }
  }

  /// The value of tag 0x0112, a short in Intel's byte order: so are all EXIF blocks of the samples.
  private static func orientation(of handle: OpaquePointer) -> UInt8 {
    var count = 0
    let exif = Array(UnsafeBufferPointer(start: whisker_picture_exif(handle, &count), count: count))
    let entry = exif.firstRange(of: [0x12, 0x01, 0x03, 0x00, 0x01, 0x00, 0x00, 0x00])
    return entry.map { exif[$0.upperBound] } ?? 1
  }

  /// CIPA DC-008, 4.6.4: row 0 and column 0 of what is stored are, in the order of the values, at the top and left,
  /// top right, bottom right, bottom left, left top, right top, right bottom and left bottom of what is seen.
  private mutating func turn(_ orientation: UInt8) {
    let (stored, right, bottom) = (self, width - 1, height - 1)
    if orientation > 4 { swap(&width, &height) }
    for y in 0..<height {
      for x in 0..<width {
        let from =
          switch orientation {
          case 2: (right - x, y)
          case 3: (right - x, bottom - y)
          case 4: (x, bottom - y)
          case 5: (y, x)
          case 6: (y, bottom - x)
          case 7: (right - y, bottom - x)
          case 8: (right - y, x)
          default: (x, y)
          }
        for channel in 0..<3 {
          colors[(y * width + x) * 3 + channel] =
            stored.colors[(from.1 * stored.width + from.0) * 3 + channel]
        }
      }
    }
  }
}
