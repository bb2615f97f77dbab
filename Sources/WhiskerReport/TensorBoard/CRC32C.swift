/// The checksum of iSCSI (RFC 3720, appendix B.4), with which TensorFlow's record files are protected.
package enum CRC32C {
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0x82F6_3B78 : value >> 1 }
  }

  /// The checksum of `bytes`.
  package static func of(_ bytes: some Sequence<UInt8>) -> UInt32 {
    table.withUnsafeBufferPointer { table in
      ~bytes.reduce(~0) { value, byte in
        value >> 8 ^ table[Int(UInt8(truncatingIfNeeded: value) ^ byte)]
      }
    }
  }

  /// The masked checksum of record files, which avoids problems with checksums of data that holds checksums
  /// (TensorFlow, `crc32c::Mask`).
  package static func masked(_ bytes: some Sequence<UInt8>) -> UInt32 {
    let value = of(bytes)
    return (value >> 15 | value << 17) &+ 0xA282_EAD8
  }
}
