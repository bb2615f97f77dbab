import CImageCodecs
import WhiskerCore

/// A picture whose header has been read, and whose rows are read one by one.
final class Picture {
  let width: Int
  let height: Int
  let orientation: Orientation

  private let handle: OpaquePointer
  private let name: String
  /// Advice for damage, once there may be rows above it.
  private var advice: ErrorText?

  /// The layout of the rows: 8-bit samples, interleaved.
  struct Rows {
    let width: Int
    let height: Int
    /// 1 gray, 2 gray and alpha, 3 RGB, 4 RGB and alpha.
    let channels: Int
    /// The side of a stored pixel in these rows. The last row and column may extend beyond the picture's edge.
    var scale = 1.0
  }

  /// Opens the picture in `bytes`, which must stay in place while it is read.
  /// - Throws: `FileError` when the header is damaged; `ResourceError` when memory runs out.
  init(_ format: ImageFormat, bytes: UnsafeBufferPointer<UInt8>, name: String) throws {
    var status = WHISKER_PICTURE_OK
    var message = [CChar](repeating: 0, count: 200)
    guard let handle = format.codec.pointee.open(bytes.baseAddress, bytes.count, &status, &message) else {
      throw Self.failure(name, status, message.withUnsafeBufferPointer { String(cString: $0.baseAddress!) })
    }
    self.handle = handle
    self.name = name
    width = Int(whisker_picture_width(handle))
    height = Int(whisker_picture_height(handle))
    var count = 0
    let exif = whisker_picture_exif(handle, &count)
    orientation = Orientation(exif: UnsafeBufferPointer(start: exif, count: count))
  }

  deinit { whisker_picture_close(handle) }

  /// Starts decoding, where the format allows it at `eighths` / 8 of the size, and straight to gray if that is wanted.
  /// - Parameter allowsTruncated: Whether damage is no error where there are rows above it.
  /// - Throws: `FileError` when the picture is damaged; `ResourceError` when memory runs out.
  func start(eighths: Int, gray: Bool, allowsTruncated: Bool) throws -> Rows {
    var layout = whisker_picture_layout()
    advice = allowsTruncated ? nil : "To use the part that decoded, set \(.allowsTruncated)"
    try check(
      whisker_picture_start(handle, UInt32(eighths), gray ? 1 : 0, allowsTruncated ? 1 : 0, &layout))
    return Rows(
      width: Int(layout.width), height: Int(layout.height), channels: Int(layout.channels),
      scale: Double(layout.eighths) / 8)
  }

  /// Reads the next row into `row`, which holds width x channels bytes.
  /// - Returns: Whether there was one. In a truncated picture that is allowed, this one and those below it may be missing.
  /// - Throws: `FileError` when the picture is damaged or ends too early.
  func readRow(into row: UnsafeMutablePointer<UInt8>) throws -> Bool {
    let status = whisker_picture_read_row(handle, row)
    guard status != WHISKER_PICTURE_ENDED else { return false }
    try check(status)
    return true
  }

  private func check(_ status: whisker_picture_status) throws {
    guard status != WHISKER_PICTURE_OK else { return }
    throw Self.failure(name, status, String(cString: whisker_picture_message(handle)), advice: advice)
  }

  private static func failure(
    _ name: String, _ status: whisker_picture_status, _ message: String, advice: ErrorText? = nil
  ) -> any Error {
    let detail = message.isEmpty ? "" : " (\(message))"
    return switch status {
    case WHISKER_PICTURE_TRUNCATED: FileError(name, "is cut short\(detail)", advice: advice)
    case WHISKER_PICTURE_NO_MEMORY: ResourceError(name, "needs more memory than there is\(detail)")
    case WHISKER_PICTURE_UNSUPPORTED: FileError(name, "is of a kind that cannot be read\(detail)")
    default: FileError(name, "is damaged\(detail)", advice: advice)
    }
  }
}
