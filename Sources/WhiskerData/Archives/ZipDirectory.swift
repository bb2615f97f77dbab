import Glibc
import WhiskerCore

/// Reads the directory of a ZIP archive (PKWARE's APPNOTE 6.3.10). The sizes and positions of the directory decide; those before
/// the entries may be missing.
struct ZipDirectory {
  private let file: ArchiveFile
  /// The directory's position.
  private let range: Range<Int>
  /// What to add to positions in the directory, where something precedes the archive.
  private let base: Int

  private static let endSize = 22
  private static let headerSize = 46
  /// The size of the header before the contents, without its name and extra field.
  static let localHeaderSize = 30

  /// Whether a file starts like a ZIP archive, or like a part of one.
  static func isZip(_ head: [UInt8]) -> Bool {
    [[3, 4], [5, 6], [7, 8]].contains { head.starts(with: [0x50, 0x4B] + $0) }
      || head.starts(with: "PK00PK".utf8)
  }

  /// Finds the directory of `file`.
  /// - Throws: `FileError` when it has none, as one that is cut short, or is one part of several.
  init(_ file: ArchiveFile) throws {
    self.file = file
    let tail = max(0, file.count - Self.endSize - 0xFFFF)
    let bytes = try file.bytes(tail..<file.count)
    let place = bytes.withUnsafeBytes { bytes in
      stride(from: bytes.count - Self.endSize, through: 0, by: -1).first { place in
        bytes.int32(place) == 0x0605_4B50 && place + Self.endSize + bytes.int16(place + 20) <= bytes.count
      }
    }
    guard let place else {
      throw FileError(
        file.name, "is a ZIP archive without its directory, which stands at the end",
        advice: "It is cut short, or one of several parts: get all of it again")
    }
    let end = tail + place
    var (count, start, size, disks) = bytes.withUnsafeBytes {
      (
        $0.int16(place + 10), $0.int32(place + 16), $0.int32(place + 12),
        [$0.int16(place + 4), $0.int16(place + 6)]
      )
    }
    var directoryEnd = end
    if count == 0xFFFF || start == 0xFFFF_FFFF || size == 0xFFFF_FFFF, let large = try Self.end64(file, end) {
      (count, start, size, disks, directoryEnd) = large
    }
    guard disks.allSatisfy({ $0 == 0 }) else {
      throw FileError(file.name, "is one part of an archive of several", advice: "Join the parts: zip -s 0")
    }
    guard start >= 0, size >= 0, size <= directoryEnd, directoryEnd - size >= start else {
      throw FileError(file.name, "is damaged: its directory lies outside of it", advice: "Get the file again")
    }
    range = directoryEnd - size..<directoryEnd
    base = range.lowerBound - start
  }

  /// The end record of an archive over 4 GB, or of more than 65535 entries.
  private static func end64(
    _ file: ArchiveFile, _ end: Int
  ) throws -> (count: Int, start: Int, size: Int, disks: [Int], end: Int)? {
    guard end >= 20 else { return nil }
    let locator = try file.bytes(end - 20..<end)
    let (mark, place) = locator.withUnsafeBytes { ($0.int32(0), $0.int64(8)) }
    guard mark == 0x0706_4B50 else { return nil }
    // The record stands right before its locator, unless it is longer than today's, or something precedes the archive.
    for place in [place, end - 20 - 56] where place >= 0 && place <= end - 20 - 56 {
      let record = try file.bytes(place..<place + 56)
      let found = record.withUnsafeBytes { bytes in
        bytes.int32(0) == 0x0606_4B50
          ? (
            bytes.int64(32), bytes.int64(48), bytes.int64(40), [bytes.int32(16), bytes.int32(20)], place
          ) : nil
      }
      if let found { return found }
    }
    throw FileError(file.name, "is damaged: its end record is missing", advice: "Get the file again")
  }

  /// Adds all entries to `index`.
  /// - Parameter number: The number of the file among several.
  /// - Parameter folder: The folder that they lie in, with its slash; empty for none.
  /// - Throws: `FileError` when the directory is damaged.
  func read(into index: inout ArchiveIndex, number: UInt16, below folder: [UInt8]) throws {
    let first = index.entries.count
    var window = ArchiveWindow(file, size: 1 << 18)
    var place = range.lowerBound
    while place < range.upperBound {
      guard range.upperBound - place >= Self.headerSize,
        let lengths = try window.withBytes(at: place, count: Self.headerSize, ZipHeader.lengths),
        lengths.total <= range.upperBound - place
      else {
        throw FileError(
          file.name, "is damaged: its directory cannot be read at byte \(place)", advice: "Get the file again"
        )
      }
      let header = try window.withBytes(at: place, count: lengths.total) { ZipHeader($0, lengths) }
      place += lengths.total
      try add(header, to: &index, number, folder)
    }
    refuseOverlaps(in: &index, from: first)
  }

  private func add(
    _ header: ZipHeader, to index: inout ArchiveIndex, _ number: UInt16, _ folder: [UInt8]
  ) throws {
    let name = ArchiveName(header.name, isFolder: header.isFolder)
    if let problem = name.problem ?? header.problem { return index.refuse(folder + name.bytes, problem) }
    guard !name.bytes.isEmpty else { return }
    var entry = ArchiveEntry(
      offset: base + header.offset, packed: header.packed, size: header.size, checksum: header.checksum,
      file: number, coding: header.isDeflated ? .deflated : .stored)
    if name.bytes.last == UInt8(ascii: "/") {
      (entry.coding, entry.offset, entry.packed) = (.folder, 0, 0)
    } else if entry.offset > range.lowerBound - Self.localHeaderSize
      || entry.packed > range.lowerBound - Self.localHeaderSize - entry.offset
    {
      return index.refuse(folder + name.bytes, "lies outside of the archive")
    }
    try index.add(folder + name.bytes, entry, of: file.name)
  }

  /// Refuses entries that share their contents with an earlier one: a small archive would expand to a very large one.
  private func refuseOverlaps(in index: inout ArchiveIndex, from first: Int) {
    var places = (first..<index.entries.count).filter { index.entries[$0].coding != .folder }.map {
      UInt32($0)
    }
    places.sort {
      (index.entries[Int($0)].offset, $0) < (index.entries[Int($1)].offset, $1)
    }
    var end = 0
    for place in places {
      let entry = index.entries[Int(place)]
      if entry.offset < end { index.refuse(entry: Int(place), "overlaps another entry of the archive") }
      end = max(end, entry.offset + Self.localHeaderSize + entry.packed)
    }
  }
}
