import CZlib

/// What can be told of a sample that was read.
public struct SampleDetails: Sendable, Equatable {
  /// "PNG", "JPEG" or "IDX".
  public let format: String
  /// The size as stored, in pixels.
  public let width: Int
  public let height: Int
  /// What equal contents have in common.
  public let fingerprint: Fingerprint
}

/// A short stand-in for contents: equal contents have equal fingerprints, and others, unless somebody takes pains, do not.
public struct Fingerprint: Sendable, Hashable {
  private let count: Int
  private let crc: UInt
  private let adler: UInt

  /// The fingerprint of some bytes: their number, CRC-32 and Adler-32.
  init(_ bytes: UnsafeBufferPointer<UInt8>) {
    count = bytes.count
    crc = crc32_z(0, bytes.baseAddress, bytes.count)
    adler = adler32_z(1, bytes.baseAddress, bytes.count)
  }
}
