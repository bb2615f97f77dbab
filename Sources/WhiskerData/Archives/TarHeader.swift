import WhiskerCore

/// A header of 512 bytes in a tar archive: ustar (POSIX.1-1988), as GNU tar writes it, or older.
struct TarHeader {
  static let size = 512

  /// The name as far as this header holds it.
  let name: [UInt8]
  /// The size of the contents that follow, in bytes; nil where it is no number.
  let contents: Int?
  let kind: UInt8
  /// Whether further headers of a sparse file follow.
  let isExtended: Bool

  /// The header in `bytes`; nil where its checksum differs.
  init?(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.count >= Self.size, let checksum = Self.number(bytes, 148..<156), checksum > 0,
      Self.checksums(bytes).contains(checksum)
    else { return nil }
    kind = bytes[156]
    isExtended = kind == UInt8(ascii: "S") && bytes[482] != 0
    contents = Self.number(bytes, 124..<136)
    let name = Self.text(bytes, 0..<100)
    // GNU tar writes other things than the start of the name after its mark, which ends with a blank.
    let isPrefixed = bytes[257..<263].elementsEqual(Array("ustar".utf8) + [0])
    let start = isPrefixed ? Self.text(bytes, 345..<500) : []
    self.name = start.isEmpty ? name : start + [UInt8(ascii: "/")] + name
  }

  /// Whether a file starts like a tar archive.
  static func isTar(_ head: [UInt8]) -> Bool { head.withUnsafeBytes { TarHeader($0) != nil } }

  /// The sum of all bytes with blanks for the checksum itself: of unsigned bytes and, as old programs added them, of signed ones.
  private static func checksums(_ bytes: UnsafeRawBufferPointer) -> [Int] {
    var (unsigned, signed) = (8 * 0x20, 8 * 0x20)
    for place in 0..<size where !(148..<156).contains(place) {
      unsigned += Int(bytes[place])
      signed += Int(Int8(bitPattern: bytes[place]))
    }
    return [unsigned, signed]
  }

  /// A number in octal digits or, where the first bit is set, in binary; nil for other bytes, and for negative numbers.
  private static func number(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> Int? {
    let field = bytes[range]
    if field[range.lowerBound] & 0x80 != 0 {
      guard field[range.lowerBound] == 0x80 else { return nil }
      var number = 0
      for byte in field.dropFirst() {
        guard number < numberLimit >> 8 else { return nil }
        number = number << 8 | Int(byte)
      }
      return number
    }
    let digits = field.drop { $0 == 0x20 }.prefix { $0 != 0 && $0 != 0x20 }
    guard digits.allSatisfy({ (0x30...0x37).contains($0) }) else { return nil }
    return digits.reduce(0) { $0 << 3 | Int($1 - 0x30) }
  }

  /// Sums of numbers below do not overflow.
  static let numberLimit = 1 << 60

  private static func text(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> [UInt8] {
    Array(bytes[range].prefix { $0 != 0 })
  }
}

/// The extended header of the next entry in a tar archive (POSIX.1-2001): lines of `length key=value`.
struct PaxHeader {
  private(set) var name: [UInt8]?
  private(set) var contents: Int?
  private(set) var isSparse = false

  /// Reads a header; nil where it is damaged.
  init?(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while let first = rest.first, first != 0 {
      let digits = rest.prefix { (0x30...0x39).contains($0) }
      guard digits.count < 10, let length = Int(String(decoding: digits, as: UTF8.self)),
        length > digits.count + 2, length <= rest.count
      else { return nil }
      let record = rest.prefix(length)
      guard record.last == UInt8(ascii: "\n"), record.dropFirst(digits.count).first == 0x20,
        let equals = record.firstIndex(of: UInt8(ascii: "="))
      else { return nil }
      let key = record[
        record.startIndex + digits.count + 1..<max(equals, record.startIndex + digits.count + 1)]
      guard take(String(decoding: key, as: UTF8.self), Array(record[(equals + 1)...].dropLast())) else {
        return nil
      }
      rest = rest.dropFirst(length)
    }
  }

  private mutating func take(_ key: String, _ value: [UInt8]) -> Bool {
    switch key {
    case "path": name = value
    case "size":
      contents = Int(String(decoding: value, as: UTF8.self))
      return contents.map { (0..<TarHeader.numberLimit).contains($0) } ?? false
    default: isSparse = isSparse || key.hasPrefix("GNU.sparse.")
    }
    return true
  }
}
