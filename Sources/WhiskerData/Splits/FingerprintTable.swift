/// A hash table of samples by their fingerprints, at four bytes a slot. At most three quarters of the slots are used.
///
/// A slot holds a sample's number and, in the remaining bits, some bits of its fingerprint, so that the fingerprint itself is
/// computed again only where it is probably equal. The hashes are salted in every process, so that no samples can be constructed
/// that all collide.
struct FingerprintTable {
  /// The sample's index plus 1 in the low bits; 0 where there is none.
  private var slots: [UInt32]
  private let numberMask: UInt32

  /// A table for up to `count` samples.
  init(count: Int) {
    var capacity = 1
    while capacity < count + count / 3 + 1 { capacity *= 2 }
    slots = Array(repeating: 0, count: capacity)
    numberMask = ~(UInt32.max << (Int.bitWidth - count.leadingZeroBitCount))
  }

  /// The earlier sample with the same fingerprint. Where there is none, the sample is added.
  /// - Parameter fingerprintAt: The fingerprint of an earlier sample; nil where it can no longer be read.
  mutating func earlier(
    than index: SampleIndex, _ fingerprint: Fingerprint,
    fingerprintAt: (SampleIndex) throws -> Fingerprint?
  ) rethrows -> SampleIndex? {
    let hash = UInt(bitPattern: fingerprint.hashValue)
    let entry = tag(hash) | (index + 1)
    let mask = slots.count - 1
    var place = Int(hash & UInt(mask))
    while slots[place] != 0 {
      if (slots[place] ^ entry) & ~numberMask == 0 {
        let other = number(in: slots[place]) - 1
        if try fingerprintAt(other) == fingerprint { return other }
      }
      place = (place + 1) & mask
    }
    slots[place] = entry
    return nil
  }

  /// The highest bits of a hash, in the bits of a slot that the number leaves. The lowest bits of the hash decide the place.
  private func tag(_ hash: UInt) -> UInt32 { UInt32(truncatingIfNeeded: hash >> 32) & ~numberMask }

  private func number(in slot: UInt32) -> UInt32 { slot & numberMask }
}
