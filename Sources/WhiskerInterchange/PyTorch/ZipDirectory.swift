import WhiskerCore

/// The files inside a ZIP archive that are stored without compression (APPNOTE.TXT, sections 4.3 and 4.5.3), as PyTorch stores
/// tensors.
struct ZipDirectory {
  /// The name of each file that is stored, and its contents as a range of the archive.
  private(set) var entries: [(name: String, range: Range<Int>)] = []

  private let contents: FileContents
  private let path: String

  private static let (endSize, end64Size, locatorSize, fileSize, localSize) = (22, 56, 20, 46, 30)
  /// The end of the archive is this long at most: it closes with a comment of up to 65,535 bytes.
  private static let tailLimit = endSize + 0xFFFF
  /// The marker of a number that stands in the extra field instead.
  private static let moved = UInt64(UInt32.max)

  /// - Throws: `FileError` when the archive is damaged.
  init(_ contents: FileContents, path: String) throws {
    (self.contents, self.path) = (contents, path)
    let (count, directory) = try directory()
    var cursor = ByteCursor(contents, path: path, directory)
    var rest = count
    while rest > 0, cursor.offset < directory.upperBound {
      if let entry = try entry(&cursor) { entries.append(entry) }
      rest -= 1
    }
    guard rest == 0 else { throw damage("its directory lists \(count) files") }
  }

  private func damage(_ problem: ErrorText) -> FileError {
    FileError(path, "is a damaged ZIP archive: \(problem)", advice: "Copy or download it again")
  }

  private func cursor(at offset: Int, _ size: Int) throws -> ByteCursor {
    guard offset >= 0, size >= 0, offset <= contents.count, size <= contents.count - offset else {
      throw damage("it refers to bytes beyond its end")
    }
    return ByteCursor(contents, path: path, offset..<offset + size)
  }

  /// The number of files, and the range of their list.
  private func directory() throws -> (count: UInt64, Range<Int>) {
    guard let end = endRecord() else { throw damage("it is cut short") }
    var cursor = try cursor(at: end + 10, Self.endSize - 10)
    var count = UInt64(try cursor.number(UInt16.self))
    var size = UInt64(try cursor.number(UInt32.self))
    var start = UInt64(try cursor.number(UInt32.self))
    if let end64 = try end64Record(before: end) {
      var cursor = try self.cursor(at: end64 + 32, Self.end64Size - 32)
      count = try cursor.number()
      size = try cursor.number()
      start = try cursor.number()
    }
    guard let start = Int(exactly: start), let size = Int(exactly: size) else {
      throw damage("it refers to bytes beyond its end")
    }
    let range = try self.cursor(at: start, size)
    return (count, range.offset..<range.end)
  }

  /// The offset of the record that ends the archive.
  private func endRecord() -> Int? {
    contents.withBytes { bytes in
      let first = max(0, bytes.count - Self.tailLimit)
      return (first...max(first, bytes.count - Self.endSize)).reversed().first {
        $0 + Self.endSize <= bytes.count && bytes[$0..<$0 + 4].elementsEqual([0x50, 0x4B, 5, 6])
      }
    }
  }

  /// The offset of the record that ends an archive with 64-bit numbers.
  private func end64Record(before end: Int) throws -> Int? {
    guard end >= Self.locatorSize else { return nil }
    var cursor = try cursor(at: end - Self.locatorSize, Self.locatorSize)
    guard try cursor.number(UInt32.self) == 0x0706_4B50 else { return nil }
    _ = try cursor.take(4)
    guard let offset = Int(exactly: try cursor.number(UInt64.self)) else {
      throw damage("it refers to bytes beyond its end")
    }
    var record = try self.cursor(at: offset, Self.end64Size)
    guard try record.number(UInt32.self) == 0x0606_4B50 else { throw damage("its directory is missing") }
    return offset
  }

  /// A file of the list; nil for one that is compressed or encrypted.
  private func entry(_ cursor: inout ByteCursor) throws -> (name: String, range: Range<Int>)? {
    guard try cursor.number(UInt32.self) == 0x0201_4B50 else { throw damage("its directory is not one") }
    _ = try cursor.take(4)
    let (flags, method) = (try cursor.number(UInt16.self), try cursor.number(UInt16.self))
    _ = try cursor.take(8)
    let (packed, size) = (UInt64(try cursor.number(UInt32.self)), UInt64(try cursor.number(UInt32.self)))
    let (nameLength, extraLength) = (try cursor.number(UInt16.self), try cursor.number(UInt16.self))
    let commentLength = try cursor.number(UInt16.self)
    _ = try cursor.take(8)
    let start = UInt64(try cursor.number(UInt32.self))
    let name = try cursor.text(nameLength)
    let numbers = try Self.numbers(
      [size, packed, start], ByteCursor(contents, path: path, try cursor.take(extraLength)))
    _ = try cursor.take(commentLength)
    guard method == 0, flags & 1 == 0, numbers[0] == numbers[1] else { return nil }
    guard let offset = Int(exactly: numbers[2]), let size = Int(exactly: numbers[0]) else {
      throw damage("it refers to bytes beyond its end")
    }
    // The name and the extra field before the contents can differ from those in the list.
    var local = try self.cursor(at: offset, Self.localSize)
    guard try local.number(UInt32.self) == 0x0403_4B50 else {
      throw damage("\(name) is not where it should be")
    }
    _ = try local.take(22)
    let before = Int(try local.number(UInt16.self)) + Int(try local.number(UInt16.self))
    let range = try self.cursor(at: offset + Self.localSize + before, size)
    return (name, range.offset..<range.end)
  }

  /// Numbers of an entry, those that do not fit into 32 bits from its extra field.
  private static func numbers(_ short: [UInt64], _ extra: ByteCursor) throws -> [UInt64] {
    var extra = extra
    guard short.contains(moved) else { return short }
    while extra.offset < extra.end {
      let (kind, size) = (try extra.number(UInt16.self), try extra.number(UInt16.self))
      var field = ByteCursor(extra.contents, path: extra.path, try extra.take(size))
      if kind == 1 { return try short.map { $0 == moved ? try field.number() : $0 } }
    }
    return short
  }
}
