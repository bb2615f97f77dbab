import CZlib
import WhiskerCore

/// Deflated bytes of an archive, expanded from start to end in memory that does not depend on their number.
final class InflatedBytes {
  /// The wrapper of the deflated bytes.
  enum Format: Int32 {
    /// None, as in ZIP archives: 15 bits of window, negated.
    case raw = -15
    /// That of gzip: 15 bits of window, and 16. Several members are joined.
    case gzip = 31
  }

  private var stream = z_stream()
  private let file: ArchiveFile
  private let format: Format
  /// For errors.
  private let name: String
  /// The compressed bytes that were not read yet.
  private var range: Range<Int>
  private var input: [UInt8] = []
  private var position = 0
  private var isAtEnd = false

  /// Few at first: the first bytes of an entry often decide that the others are not wanted.
  private static let chunks = [1 << 12, 1 << 17]
  /// The largest compression ratio of deflate (zlib's technical details).
  static let largestRatio = 1032

  /// The bytes that are compressed at `range` of `file`.
  /// - Throws: `FileError` when zlib does not start.
  init(_ file: ArchiveFile, _ range: Range<Int>, _ format: Format, name: String) throws {
    (self.file, self.range, self.format, self.name) = (file, range, format, name)
    let size = Int32(MemoryLayout<z_stream>.size)
    guard inflateInit2_(&stream, format.rawValue, ZLIB_VERSION, size) == Z_OK else {
      throw FileError(name, "cannot be expanded: zlib does not start")
    }
  }

  deinit { inflateEnd(&stream) }

  /// Fills `buffer` with the next bytes.
  /// - Returns: The number of bytes; fewer than fit only at the end.
  /// - Throws: `FileError` when the data is damaged or cut short.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    var filled = 0
    while filled < buffer.count, !isAtEnd {
      if position == input.count { try refill() }
      guard position < input.count else {
        throw FileError(name, "is cut short: its compressed data has no end")
      }
      try inflateSome(into: buffer, &filled)
    }
    return filled
  }

  private func refill() throws {
    let count = min(range.count, input.isEmpty ? Self.chunks[0] : Self.chunks[1])
    input = try file.bytes(range.lowerBound..<range.lowerBound + count)
    range = range.lowerBound + count..<range.upperBound
    position = 0
  }

  private func inflateSome(into buffer: UnsafeMutableRawBufferPointer, _ filled: inout Int) throws {
    let capacity = min(buffer.count - filled, 1 << 30)
    let code = input.withUnsafeBufferPointer { input in
      // zlib reads through this pointer, and does not write.
      stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress! + position)
      stream.avail_in = UInt32(input.count - position)
      stream.next_out = buffer.baseAddress!.assumingMemoryBound(to: UInt8.self) + filled
      stream.avail_out = UInt32(capacity)
      return inflate(&stream, Z_NO_FLUSH)
    }
    position = input.count - Int(stream.avail_in)
    filled += capacity - Int(stream.avail_out)
    switch code {
    case Z_STREAM_END: try endMember()
    case Z_OK, Z_BUF_ERROR: return
    default:
      let detail = stream.msg.map { " (\(String(cString: $0)))" } ?? ""
      throw FileError(name, "holds damaged compressed data\(detail)")
    }
  }

  private func endMember() throws {
    if position == input.count, !range.isEmpty { try refill() }
    isAtEnd = format == .raw || position == input.count || input[position] != 0x1F
    if !isAtEnd { inflateReset(&stream) }
  }
}
