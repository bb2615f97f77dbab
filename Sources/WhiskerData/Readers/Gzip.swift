import CZlib
import WhiskerTensor

/// Expanding gzip data (RFC 1952) in memory, with a limit.
enum Gzip {
  /// Whether the bytes start like gzip data.
  static func isCompressed(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0x1F, 0x8B]) }

  /// The first `count` bytes of the contents, or fewer where there are fewer.
  static func prefix(_ bytes: [UInt8], count: Int, name: String) throws -> [UInt8] {
    try Inflater(name).expand(bytes, limit: count).output
  }

  /// The whole contents.
  /// - Throws: `FileError` when they are damaged, cut short, longer than `limit`, or followed by something else.
  static func expand(_ bytes: [UInt8], limit: Int, name: String) throws -> [UInt8] {
    // One byte more than allowed is room enough to see that there is more.
    let (output, ended) = try Inflater(name).expand(bytes, limit: limit + 1)
    guard output.count <= limit else {
      throw FileError(name, "holds more than the \(limit) bytes that its header announces")
    }
    guard ended else { throw FileError(name, "is cut short: the gzip data has no end") }
    return output
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

  func expand(_ bytes: [UInt8], limit: Int) throws -> (output: [UInt8], ended: Bool) {
    guard bytes.count <= Int(UInt32.max) else { throw FileError(name, "is too large to expand") }
    var bytes = bytes
    var ended = false
    let output = try bytes.withUnsafeMutableBufferPointer { input in
      stream.next_in = input.baseAddress
      stream.avail_in = UInt32(input.count)
      var output: [UInt8] = []
      while !ended && output.count < limit {
        let room = min(limit - output.count, max(output.count, 1 << 16), 1 << 30)
        let chunk = try [UInt8](unsafeUninitializedCapacity: room) { buffer, filled in
          (filled, ended) = try inflateChunk(into: buffer)
        }
        output += chunk
        if chunk.isEmpty && !ended { break }
      }
      return output
    }
    guard !ended || stream.avail_in == 0 else {
      throw FileError(name, "has \(stream.avail_in) bytes of something else behind its gzip data")
    }
    return (output, ended)
  }

  private func inflateChunk(into buffer: UnsafeMutableBufferPointer<UInt8>) throws -> (Int, Bool) {
    stream.next_out = buffer.baseAddress
    stream.avail_out = UInt32(buffer.count)
    let code = inflate(&stream, Z_NO_FLUSH)
    let filled = buffer.count - Int(stream.avail_out)
    switch code {
    case Z_STREAM_END: return (filled, true)
    case Z_OK, Z_BUF_ERROR: return (filled, false)
    default:
      let detail = stream.msg.map { " (\(String(cString: $0)))" } ?? ""
      throw FileError(name, "holds damaged gzip data\(detail)")
    }
  }
}
