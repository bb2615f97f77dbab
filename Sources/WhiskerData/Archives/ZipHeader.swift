import Glibc
import WhiskerCore

/// The header of an entry in the directory of a ZIP archive.
struct ZipHeader {
  /// The lengths of its parts of variable length, in bytes.
  struct Lengths {
    let name: Int
    let extra: Int
    let comment: Int
    /// That of the whole header.
    var total: Int { ZipHeader.size + name + extra + comment }
  }

  /// The name, in UTF-8 where the archive knows its encoding.
  let name: [UInt8]
  /// The position of the header before the contents.
  private(set) var offset: Int
  private(set) var packed: Int
  private(set) var size: Int
  let checksum: UInt32
  /// The reason why the entry must not be opened.
  private(set) var problem: ErrorText?

  private let method: Int
  private let mode: mode_t

  private static let size = 46
  private static let stored = 0
  private static let deflated = 8
  private static let methods = [
    1: "Shrink", 6: "Implode", 9: "Deflate64", 12: "bzip2", 14: "LZMA", 20: "Zstandard", 93: "Zstandard",
    95: "XZ", 98: "PPMd",
  ]
  /// DOS, OS/2, NTFS and VFAT, whose programs may separate folders by backslashes.
  private static let windowsSystems = [0, 6, 10, 14]
  /// Unix and macOS.
  private static let unixSystems = [3, 19]
  private static let unknown32 = 0xFFFF_FFFF
  /// Pictures are compressed already. Every worker holds one in memory.
  static let (suspectSize, suspectRatio) = (1 << 26, 100)
  /// Sums of numbers below do not overflow.
  private static let numberLimit = 1 << 60

  /// The lengths of the parts; nil where no header is.
  static func lengths(_ bytes: UnsafeRawBufferPointer) -> Lengths? {
    guard bytes.int32(0) == 0x0201_4B50 else { return nil }
    return Lengths(name: bytes.int16(28), extra: bytes.int16(30), comment: bytes.int16(32))
  }

  /// Reads a header of these lengths.
  init(_ bytes: UnsafeRawBufferPointer, _ lengths: Lengths) {
    let (system, flags) = (Int(bytes[5]), bytes.int16(8))
    method = bytes.int16(10)
    checksum = UInt32(bytes.int32(16))
    (packed, size, offset) = (bytes.int32(20), bytes.int32(24), bytes.int32(42))
    mode = Self.unixSystems.contains(system) ? mode_t(bytes.int32(38) >> 16) & S_IFMT : 0
    let name = Array(bytes[Self.size..<Self.size + lengths.name])
    self.name = Self.decoded(name, isUTF8: flags & 0x800 != 0, system)
    let start = Self.size + lengths.name
    let isWhole = widen(UnsafeRawBufferPointer(rebasing: bytes[start..<start + lengths.extra]))
    let disk = bytes.int16(34)
    problem =
      isWhole ? (isFolder ? nil : contentsProblem(flags, disk)) : "has a damaged header in the archive"
  }

  /// A name of Unix is bytes, as in its file system; one of DOS is in its code page.
  private static func decoded(_ name: [UInt8], isUTF8: Bool, _ system: Int) -> [UInt8] {
    let text = isUTF8 || unixSystems.contains(system) ? name : CodePage437.decode(name)
    guard windowsSystems.contains(system) else { return text }
    return text.map { $0 == UInt8(ascii: "\\") ? UInt8(ascii: "/") : $0 }
  }

  /// Replaces numbers that do not fit into 32 bits by those of the extra field.
  /// - Returns: Whether they are there.
  private mutating func widen(_ extra: UnsafeRawBufferPointer) -> Bool {
    guard [size, packed, offset].contains(Self.unknown32) else { return true }
    var place = 0
    while place + 4 <= extra.count {
      let (kind, count) = (extra.int16(place), extra.int16(place + 2))
      place += 4
      guard place + count <= extra.count else { return false }
      guard kind == 1 else {
        place += count
        continue
      }
      let end = place + count
      let numbers: [WritableKeyPath<ZipHeader, Int>] = [\.size, \.packed, \.offset]
      for number in numbers where self[keyPath: number] == Self.unknown32 {
        guard place + 8 <= end else { return false }
        self[keyPath: number] = extra.int64(place)
        place += 8
      }
      return [size, packed, offset].allSatisfy((0..<Self.numberLimit).contains)
    }
    return false
  }

  private func contentsProblem(_ flags: Int, _ disk: Int) -> ErrorText? {
    if flags & 0x2041 != 0 || method == 99 { return "is encrypted" }
    if mode == S_IFLNK { return "is a symbolic link, which is not followed in an archive" }
    if mode != 0, mode != S_IFREG { return "is a device, socket or FIFO, which is not opened" }
    if disk != 0 { return "lies in another part of the archive" }
    switch method {
    case Self.stored: return packed == size ? nil : "has two sizes, though it is not compressed"
    case Self.deflated:
      if size / InflatedBytes.largestRatio > packed {
        return "announces \(size) bytes, more than its \(packed) can expand to"
      }
      return size > Self.suspectSize && size / Self.suspectRatio > packed
        ? "expands from \(packed) bytes to \(size), as a decompression bomb does" : nil
    default:
      let name = Self.methods[method] ?? "the method \(method)"
      return "is compressed with \(name); only stored and deflated entries are read"
    }
  }

  var isDeflated: Bool { method == Self.deflated }
  var isFolder: Bool { mode == S_IFDIR || name.last == UInt8(ascii: "/") }
}

extension UnsafeRawBufferPointer {
  /// A little-endian number of 16 bits.
  func int16(_ offset: Int) -> Int {
    Int(UInt16(littleEndian: loadUnaligned(fromByteOffset: offset, as: UInt16.self)))
  }
  func int32(_ offset: Int) -> Int {
    Int(UInt32(littleEndian: loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
  }
  /// Negative where the number does not fit.
  func int64(_ offset: Int) -> Int {
    Int(Int64(littleEndian: loadUnaligned(fromByteOffset: offset, as: Int64.self)))
  }
}
