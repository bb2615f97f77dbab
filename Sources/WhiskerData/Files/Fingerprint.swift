import CKernels

/// A hash of contents: equal contents have equal fingerprints, and different contents, unless constructed to collide,
/// different ones.
///
/// XXH3 of 128 bits (Yann Collet) with the seed 0, as `xxh128sum` prints it. It takes less than a hundredth of the time of
/// decoding.
public struct Fingerprint: Sendable, Hashable, Comparable {
  /// The more and the less significant 64 bits.
  private let high, low: UInt64

  /// No fingerprint, for where memory is scarce: no contents are known to have this one.
  static let unknown = Fingerprint(high: 0, low: 0)

  private init(high: UInt64, low: UInt64) { (self.high, self.low) = (high, low) }

  /// The size of a fingerprint, in bytes.
  static let size = 16

  /// The fingerprint of some bytes.
  package init(_ bytes: UnsafeRawBufferPointer) {
    let hash = whisker_hash_of(bytes.baseAddress, bytes.count)
    (high, low) = (hash.high, hash.low)
  }

  /// The fingerprint that was stored at `place`, in `size` bytes.
  init(stored place: UnsafeRawPointer) {
    high = UInt64(bigEndian: place.loadUnaligned(as: UInt64.self))
    low = UInt64(bigEndian: place.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
  }

  /// Stores the fingerprint at `place`, in `size` bytes.
  func store(in place: UnsafeMutableRawPointer) {
    place.storeBytes(of: high.bigEndian, as: UInt64.self)
    place.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
  }

  /// The `size` bytes to store, the most significant first.
  package var bytes: [UInt8] {
    [UInt8](unsafeUninitializedCapacity: Self.size) { buffer, count in
      store(in: UnsafeMutableRawPointer(buffer.baseAddress!))
      count = Self.size
    }
  }

  /// The least significant 32 bits.
  var lowBits: UInt32 { UInt32(truncatingIfNeeded: low) }

  /// The least significant 64 bits: enough to tell millions of names apart in little memory.
  package var lowWord: UInt64 { low }

  /// The fingerprint as text.
  package var hexadecimal: String { WhiskerData.hexadecimal(bytes) }

  /// The fingerprint that `hexadecimal` gave; nil for any other text.
  package init?(hexadecimal text: String) {
    guard text.utf8.count == 2 * Self.size, let high = UInt64(text.prefix(16), radix: 16),
      let low = UInt64(text.suffix(16), radix: 16)
    else { return nil }
    (self.high, self.low) = (high, low)
  }

  /// The order as numbers of 128 bits, which is also the order of their bytes.
  public static func < (left: Fingerprint, right: Fingerprint) -> Bool {
    (left.high, left.low) < (right.high, right.low)
  }
}

/// Bytes in hexadecimal, two digits each.
func hexadecimal(_ bytes: some Collection<UInt8>) -> String {
  func digit(_ value: UInt8) -> UInt8 { value + (value < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10) }
  return String(unsafeUninitializedCapacity: 2 * bytes.count) { text in
    for (place, byte) in bytes.enumerated() {
      (text[2 * place], text[2 * place + 1]) = (digit(byte >> 4), digit(byte & 15))
    }
    return 2 * bytes.count
  }
}
