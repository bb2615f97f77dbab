/// An entry of a ZIP archive, of which everything can be wrong.
public struct ZipEntry {
  public var name: [UInt8]
  public var contents: [UInt8]
  /// The contents as they are stored; nil for the contents themselves.
  public var packed: [UInt8]?
  /// 0 stored, 8 deflated.
  public var method = 0
  /// 0x800 for names in UTF-8, 1 for encrypted contents, 8 for sizes that follow the contents.
  public var flags = 0
  /// The system whose program wrote it: 0 DOS, 3 Unix.
  public var system: UInt8 = 3
  /// The kind and the permissions of Unix.
  public var mode = 0o100644
  /// What the directory says instead of the truth.
  public var size: Int?
  public var packedSize: Int?
  public var checksum: UInt32?
  public var offset: Int?
  public var disk = 0

  public init(_ name: String, _ contents: [UInt8], _ change: (inout ZipEntry) -> Void = { _ in }) {
    (self.name, self.contents) = (Array(name.utf8), contents)
    change(&self)
  }

  /// An entry that is compressed.
  /// - Parameter gzip: The contents as `encodeGzip` gives them.
  public init(
    _ name: String, _ contents: [UInt8], gzip: [UInt8], _ change: (inout ZipEntry) -> Void = { _ in }
  ) {
    self.init(name, contents)
    (packed, method) = (Array(gzip[10..<gzip.count - 8]), 8)
    change(&self)
  }
}

extension ZipEntry {
  fileprivate var announcedSize: Int { size ?? contents.count }
  fileprivate var announcedPackedSize: Int { packedSize ?? (packed ?? contents).count }
  fileprivate var announcedChecksum: Int { Int(checksum ?? ZipWriter.crc32(contents)) }
}

/// Writes ZIP archives for tests, without help of the reader.
public enum ZipWriter {
  /// The archive of `entries`.
  /// - Parameter isLarge: Whether all numbers are in fields of 64 bits.
  /// - Parameter disk: The number of the part that the end record names.
  public static func bytes(
    _ entries: [ZipEntry], isLarge: Bool = false, disk: Int = 0, comment: [UInt8] = []
  ) -> [UInt8] {
    var bytes: [UInt8] = []
    var directory: [UInt8] = []
    for entry in entries {
      let offset = entry.offset ?? bytes.count
      bytes += local(entry)
      directory += header(entry, offset, isLarge: isLarge)
    }
    let start = bytes.count
    bytes += directory
    if isLarge {
      let end = bytes.count
      bytes += numbers((0x0606_4B50, 4), (44, 8), (45, 2), (45, 2), (disk, 4), (disk, 4))
      bytes += numbers((entries.count, 8), (entries.count, 8), (directory.count, 8), (start, 8))
      bytes += numbers((0x0706_4B50, 4), (0, 4), (end, 8), (1, 4))
    }
    let count = isLarge ? 0xFFFF : entries.count
    bytes += numbers((0x0605_4B50, 4), (disk, 2), (disk, 2), (count, 2), (count, 2))
    bytes += numbers((isLarge ? unknown : directory.count, 4), (isLarge ? unknown : start, 4))
    return bytes + numbers((comment.count, 2)) + comment
  }

  private static let unknown = 0xFFFF_FFFF

  /// An entry with the header before it.
  private static func local(_ entry: ZipEntry) -> [UInt8] {
    let (size, packedSize, checksum) = (
      entry.announcedSize, entry.announcedPackedSize, entry.announcedChecksum
    )
    let follows = entry.flags & 8 != 0
    var bytes = numbers((0x0403_4B50, 4), (20, 2), (entry.flags, 2), (entry.method, 2), (0, 4))
    bytes += follows ? numbers((0, 12)) : numbers((checksum, 4), (packedSize, 4), (size, 4))
    // An extra field that only this header has.
    bytes += numbers((entry.name.count, 2), (5, 2))
    bytes += entry.name
    bytes += numbers((0x7777, 2), (1, 2), (0, 1))
    bytes += entry.packed ?? entry.contents
    if follows { bytes += numbers((0x0807_4B50, 4), (checksum, 4), (packedSize, 4), (size, 4)) }
    return bytes
  }

  /// The header of an entry in the directory.
  private static func header(_ entry: ZipEntry, _ offset: Int, isLarge: Bool) -> [UInt8] {
    let (size, packedSize) = (entry.announcedSize, entry.announcedPackedSize)
    let extra = isLarge ? numbers((1, 2), (24, 2), (size, 8), (packedSize, 8), (offset, 8)) : []
    var bytes = numbers((0x0201_4B50, 4), (30, 1), (Int(entry.system), 1), (20, 2), (entry.flags, 2))
    bytes += numbers((entry.method, 2), (0, 4), (entry.announcedChecksum, 4))
    bytes += numbers((isLarge ? unknown : packedSize, 4), (isLarge ? unknown : size, 4))
    bytes += numbers((entry.name.count, 2), (extra.count, 2), (0, 2), (entry.disk, 2), (0, 2))
    bytes += numbers((entry.mode << 16, 4), (isLarge ? unknown : offset, 4))
    return bytes + entry.name + extra
  }

  /// Numbers in little-endian bytes, each with the count of these.
  private static func numbers(_ values: (Int, count: Int)...) -> [UInt8] {
    values.flatMap { value, count in
      (0..<count).map { $0 < 8 ? UInt8(truncatingIfNeeded: value >> (8 * $0)) : 0 }
    }
  }

  /// The checksum of ISO 3309, bit by bit.
  public static func crc32(_ bytes: [UInt8]) -> UInt32 {
    var sum: UInt32 = ~0
    for byte in bytes {
      sum ^= UInt32(byte)
      for _ in 0..<8 { sum = sum & 1 == 0 ? sum >> 1 : (sum >> 1) ^ 0xEDB8_8320 }
    }
    return ~sum
  }
}
