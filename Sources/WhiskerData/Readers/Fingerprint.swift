/// A short stand-in for contents: equal contents have equal fingerprints, and others, unless somebody takes pains, do not.
///
/// MurmurHash3_x64_128 (Austin Appleby, public domain) with the seed 0: fast beside decoding, and to be had in every
/// language.
public struct Fingerprint: Sendable, Hashable {
  /// The two halves, the first one first in memory.
  let halves: (UInt64, UInt64)

  /// The bytes of a fingerprint.
  static let size = 16

  private static let factors: (UInt64, UInt64) = (0x87C3_7B91_1142_53D5, 0x4CF5_AD43_2745_937F)

  /// The fingerprint of some bytes.
  package init(_ bytes: UnsafeRawBufferPointer) {
    var (first, second) = (UInt64(0), UInt64(0))
    let whole = bytes.count & ~15
    for offset in stride(from: 0, to: whole, by: 16) {
      first ^= Self.mixFirst(bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self).littleEndian)
      first = (first.rotated(27) &+ second) &* 5 &+ 0x52DC_E729
      second ^= Self.mixSecond(bytes.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self).littleEndian)
      second = (second.rotated(31) &+ first) &* 5 &+ 0x3849_5AB5
    }
    let rest = bytes[whole...]
    second ^= Self.mixSecond(Self.word(rest.dropFirst(8)))
    first ^= Self.mixFirst(Self.word(rest.prefix(8)))
    halves = Self.finish(first ^ UInt64(bytes.count), second ^ UInt64(bytes.count))
  }

  /// The fingerprint that was stored at `place`, in `size` bytes.
  init(stored place: UnsafeRawPointer) {
    halves = (
      UInt64(littleEndian: place.loadUnaligned(as: UInt64.self)),
      UInt64(littleEndian: place.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    )
  }

  /// The `size` bytes to store.
  package var bytes: [UInt8] {
    [halves.0, halves.1].flatMap { half in (0..<8).map { UInt8(truncatingIfNeeded: half >> (8 * $0)) } }
  }

  /// The fingerprint as text.
  var hexadecimal: String { bytes.map(WhiskerData.hexadecimal).joined() }

  /// The fingerprint that `hexadecimal` gave; nil for any other text.
  init?(hexadecimal text: String) {
    guard text.utf8.count == 2 * Self.size, let first = UInt64(text.prefix(16), radix: 16),
      let second = UInt64(text.suffix(16), radix: 16)
    else { return nil }
    halves = (first.byteSwapped, second.byteSwapped)
  }

  public static func == (left: Fingerprint, right: Fingerprint) -> Bool { left.halves == right.halves }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(halves.0)
    hasher.combine(halves.1)
  }

  private static func mixFirst(_ word: UInt64) -> UInt64 { (word &* factors.0).rotated(31) &* factors.1 }

  private static func mixSecond(_ word: UInt64) -> UInt64 { (word &* factors.1).rotated(33) &* factors.0 }

  /// Up to eight bytes as one number, the first the least significant.
  private static func word(_ bytes: Slice<UnsafeRawBufferPointer>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  private static func finish(_ first: UInt64, _ second: UInt64) -> (UInt64, UInt64) {
    let sum = first &+ second
    let (left, right) = (scatter(sum), scatter(second &+ sum))
    return (left &+ right, left &+ right &+ right)
  }

  private static func scatter(_ word: UInt64) -> UInt64 {
    var word = (word ^ word >> 33) &* 0xFF51_AFD7_ED55_8CCD
    word = (word ^ word >> 33) &* 0xC4CE_B9FE_1A85_EC53
    return word ^ word >> 33
  }
}

extension UInt64 {
  fileprivate func rotated(_ bits: UInt64) -> UInt64 { self << bits | self >> (64 - bits) }
}

/// A byte as two hexadecimal digits.
func hexadecimal(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }
