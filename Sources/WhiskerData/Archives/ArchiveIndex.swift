import Glibc
import WhiskerCore

/// A file or a folder in an archive.
struct ArchiveEntry: Sendable {
  /// How the contents are stored.
  enum Coding: UInt8 {
    /// A folder, which has no contents.
    case folder
    /// As they are, with nothing before them.
    case plain
    /// As they are, after the local header of a ZIP archive.
    case stored
    /// Compressed by deflate, after the local header of a ZIP archive.
    case deflated
    /// An entry that must not be opened.
    case refused
  }

  /// The position of the contents, or of the header before them.
  var offset: Int
  /// The size of the contents as they are stored, in bytes.
  var packed: Int
  /// The size of the contents, in bytes.
  var size: Int
  /// Their CRC-32; 0 where the archive has none.
  var checksum: UInt32
  /// The number of the file that holds them, among several.
  var file: UInt16
  var coding: Coding
}

/// The entries of an archive by their names, packed: about forty bytes each besides their names.
struct ArchiveIndex: Sendable {
  /// The names, one after the other. That of a folder ends with a slash.
  private var names: [UInt8] = []
  private var ends: [Int] = []
  private(set) var entries: [ArchiveEntry] = []
  /// The positions of the entries in the plain byte order of their names.
  private var order: [UInt32] = []
  /// Entries that must not be opened, and damage.
  private(set) var refused: [FileError] = []
  private var refusedCount = 0

  /// The number of refused entries that are named.
  private static let refusedNamed = 1000
  private static let entryLimit = 1 << 28

  /// Adds an entry.
  /// - Parameter archive: The path of the archive, for the error.
  /// - Throws: `FileError` when there are too many.
  mutating func add(_ name: [UInt8], _ entry: ArchiveEntry, of archive: String) throws {
    guard entries.count < Self.entryLimit else {
      throw FileError(archive, "holds more than \(Self.entryLimit) entries")
    }
    names += name
    ends.append(names.count)
    entries.append(entry)
  }

  /// Adds an entry that must not be opened.
  mutating func refuse(_ name: [UInt8], _ problem: ErrorText) {
    refuse { FileError(printable(name), problem) }
  }

  /// Adds damage, or an entry that must not be opened.
  mutating func refuse(_ error: () -> FileError) {
    refusedCount += 1
    if refusedCount <= Self.refusedNamed { refused.append(error()) }
  }

  /// Refuses an entry that was added.
  mutating func refuse(entry index: Int, _ problem: ErrorText) {
    refuse(Array(names[range(of: index)]), problem)
    entries[index].coding = .refused
  }

  /// Leaves out an entry that was added.
  mutating func hide(entry index: Int) { entries[index].coding = .refused }

  /// A name by the position in which it was added.
  func name(ofEntry index: Int) -> [UInt8] { Array(names[range(of: index)]) }

  /// Sorts the names. Of several entries of one name, the last is used, as when an archive is unpacked.
  /// - Parameter archive: The path of the archive, for messages.
  mutating func finish(_ archive: String) {
    let count = entries.count
    let isSorted = (0..<max(0, count - 1)).allSatisfy { compare($0, $0 + 1) < 0 }
    var sorted = (0..<UInt32(count)).filter { entries[Int($0)].coding != .refused }
    guard !isSorted else {
      order = sorted
      return finishRefused(archive)
    }
    sorted.sort {
      let sign = compare(Int($0), Int($1))
      return sign == 0 ? $0 < $1 : sign < 0
    }
    var kept: [UInt32] = []
    kept.reserveCapacity(sorted.count)
    for index in sorted {
      guard let last = kept.last, compare(Int(last), Int(index)) == 0 else {
        kept.append(index)
        continue
      }
      kept[kept.count - 1] = index
      guard entries[Int(index)].coding != .folder else { continue }
      refuse(
        Array(names[range(of: Int(index))]), "is in the archive more than once, and the last one is used")
    }
    order = kept
    finishRefused(archive)
  }

  private mutating func finishRefused(_ archive: String) {
    let rest = refusedCount - Self.refusedNamed
    guard rest > 0 else { return }
    refused.append(FileError(archive, "holds \(counted(rest, "other entry", "other entries")) like these"))
  }

  private func range(of index: Int) -> Range<Int> { (index == 0 ? 0 : ends[index - 1])..<ends[index] }

  private func compare(_ one: Int, _ other: Int) -> Int {
    names.withUnsafeBytes { names in
      Self.compare(
        UnsafeRawBufferPointer(rebasing: names[range(of: one)]),
        UnsafeRawBufferPointer(rebasing: names[range(of: other)]))
    }
  }

  private static func compare(_ one: UnsafeRawBufferPointer, _ other: UnsafeRawBufferPointer) -> Int {
    let common = min(one.count, other.count)
    let sign = common == 0 ? 0 : memcmp(one.baseAddress!, other.baseAddress!, common)
    return sign == 0 ? one.count - other.count : Int(sign)
  }
}

extension ArchiveIndex {
  /// The number of names.
  var count: Int { order.count }

  /// A name by its position in plain byte order.
  func name(_ position: Int) -> ArraySlice<UInt8> { names[range(of: Int(order[position]))] }

  /// An entry by the position of its name.
  func entry(_ position: Int) -> ArchiveEntry { entries[Int(order[position])] }

  /// The entry of a name; nil where there is none.
  func entry(named name: [UInt8]) -> ArchiveEntry? {
    let position = firstPosition(from: name)
    return position < count && self.name(position).elementsEqual(name) ? entry(position) : nil
  }

  /// The position of the first name that does not precede `name`.
  func firstPosition(from name: [UInt8]) -> Int {
    names.withUnsafeBytes { names in
      name.withUnsafeBytes { name in
        var (low, high) = (0, order.count)
        while low < high {
          let middle = (low + high) / 2
          let other = UnsafeRawBufferPointer(rebasing: names[range(of: Int(order[middle]))])
          if Self.compare(other, name) < 0 { low = middle + 1 } else { high = middle }
        }
        return low
      }
    }
  }
}
