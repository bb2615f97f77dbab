/// Finds samples with equal fingerprints, in four bytes a slot. At most three quarters of the slots are taken.
///
/// A slot holds a sample's number and, in the bits that are left, some of its fingerprint's, so that the fingerprint
/// itself is asked for again only where it is most likely equal. The places are salted anew in every process: nobody
/// can make up samples that all want the same one.
struct FingerprintTable {
  /// The sample's index plus 1 in the low bits; 0 where there is none.
  private var slots: [UInt32]
  private let numberMask: UInt32

  /// A table with room for `count` samples.
  init(count: Int) {
    var capacity = 1
    while capacity < count + count / 3 + 1 { capacity *= 2 }
    slots = Array(repeating: 0, count: capacity)
    numberMask = ~(UInt32.max << (Int.bitWidth - count.leadingZeroBitCount))
  }

  /// The earlier sample with the same fingerprint. Where there is none, the sample is noted.
  /// - Parameter fingerprintAt: The fingerprint of an earlier sample; nil where it cannot be had any more.
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

  /// The highest bits of a hash, whose lowest decide the place, where a slot has room for them.
  private func tag(_ hash: UInt) -> UInt32 { UInt32(truncatingIfNeeded: hash >> 32) & ~numberMask }

  private func number(in slot: UInt32) -> UInt32 { slot & numberMask }
}
