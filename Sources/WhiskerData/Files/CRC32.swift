import CZlib

/// The checksum of gzip and PNG (ISO 3309).
enum CRC32 {
  /// The checksum of `bytes` that follow others whose checksum is `before`.
  static func of(_ bytes: UnsafeRawBufferPointer, after before: UInt32 = 0) -> UInt32 {
    UInt32(
      truncatingIfNeeded: crc32_z(
        UInt(before), bytes.assumingMemoryBound(to: UInt8.self).baseAddress, bytes.count))
  }
}
