import CZlib
import WhiskerCore

/// Expands gzip data (RFC 1952) in memory, with a limit. Several members in a row are joined.
package enum Gzip {
  /// Whether the bytes start like gzip data.
  package static func isCompressed(_ bytes: some Sequence<UInt8>) -> Bool {
    bytes.starts(with: [0x1F, 0x8B])
  }

  /// The first `count` bytes of the contents, or fewer where there are fewer.
  /// - Throws: `FileError` when they are damaged or cut short before that.
  package static func prefix(_ bytes: [UInt8], count: Int, name: String) throws -> [UInt8] {
    let (output, ended) = try bytes.withUnsafeBufferPointer { try Inflater(name).expand($0, limit: count) }
    guard ended || output.count == count else { throw cutShort(name) }
    return output
  }

  /// The whole contents.
  /// - Throws: `FileError` when they are damaged, cut short, longer than `limit`, or followed by something else.
  package static func expand(
    _ bytes: UnsafeBufferPointer<UInt8>, limit: Int, name: String
  ) throws -> [UInt8] {
    // One byte more than allowed shows that the data is longer.
    let (output, ended) = try Inflater(name).expand(bytes, limit: limit + 1)
    guard output.count <= limit else {
      throw FileError(name, "holds more than the \(limit) bytes that its header announces")
    }
    guard ended else { throw cutShort(name) }
    return output
  }

  private static func cutShort(_ name: String) -> FileError {
    FileError(name, "is cut short: the gzip data has no end", advice: "Get the file again")
  }
}

/// One pass through zlib.
private final class Inflater {
  private var stream = z_stream()
  private let name: String

  // 15 bits of window, and 16 for the gzip wrapper.
  private static let gzipWindow: Int32 = 15 + 16

  init(_ name: String) throws {
    self.name = name
    let size = Int32(MemoryLayout<z_stream>.size)
    guard inflateInit2_(&stream, Self.gzipWindow, ZLIB_VERSION, size) == Z_OK else {
      throw FileError(name, "cannot be expanded: zlib does not start")
    }
  }

  deinit { inflateEnd(&stream) }

  /// The largest compression ratio of deflate (zlib's technical details). A header that announces more is wrong.
  private static let largestRatio = 1032

  func expand(
    _ bytes: UnsafeBufferPointer<UInt8>, limit: Int
  ) throws -> (output: [UInt8], ended: Bool) {
    guard bytes.count <= Int(UInt32.max) else { throw FileError(name, "is too large to expand") }
    var ended = false
    // zlib reads through this pointer, and does not write.
    stream.next_in = UnsafeMutablePointer(mutating: bytes.baseAddress)
    stream.avail_in = UInt32(bytes.count)
    let capacity = min(limit, (bytes.count + 1) * Self.largestRatio)
    let output = try [UInt8](unsafeUninitializedCapacity: capacity) { buffer, filled in
      while filled < capacity {
        let before = (filled, stream.avail_in)
        if try inflateSome(into: buffer, &filled) {
          ended = !startsMember
          if ended { break }
          inflateReset(&stream)
        }
        if (filled, stream.avail_in) == before { break }
      }
    }
    guard !ended || stream.avail_in == 0 else {
      let rest = counted(Int(stream.avail_in), "byte")
      throw FileError(name, "has \(rest) of something else after its gzip data")
    }
    return (output, ended)
  }

  /// Whether the rest of the input starts like gzip data.
  private var startsMember: Bool {
    guard let next = stream.next_in else { return false }
    return Gzip.isCompressed(UnsafeBufferPointer(start: next, count: min(2, Int(stream.avail_in))))
  }

  /// Expands as much as one call can.
  /// - Returns: Whether the member is at its end.
  private func inflateSome(into buffer: UnsafeMutableBufferPointer<UInt8>, _ filled: inout Int) throws -> Bool
  {
    let capacity = min(buffer.count - filled, 1 << 30)
    stream.next_out = buffer.baseAddress.map { $0 + filled }
    stream.avail_out = UInt32(capacity)
    let code = inflate(&stream, Z_NO_FLUSH)
    filled += capacity - Int(stream.avail_out)
    switch code {
    case Z_STREAM_END: return true
    case Z_OK, Z_BUF_ERROR: return false
    default:
      let detail = stream.msg.map { " (\(String(cString: $0)))" } ?? ""
      throw FileError(name, "holds damaged gzip data\(detail)")
    }
  }
}
