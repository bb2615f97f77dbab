import WhiskerCore

/// The contents of an entry of an archive, as far as they are wanted.
struct EntryContents {
  private let entry: ArchiveEntry
  private let file: ArchiveFile
  /// For errors.
  private let name: String

  /// The number of bytes by which a reader decides whether it wants the others.
  private static let headSize = 512
  /// The number of bytes that are read with the header before the contents: usually it is followed by a whole head.
  private static let firstRead = 1024

  /// The contents of `entry` in `file`.
  /// - Parameter name: Its name in errors.
  init(_ entry: ArchiveEntry, in file: ArchiveFile, name: String) {
    (self.entry, self.file, self.name) = (entry, file, name)
  }

  /// The first bytes, at most `count`.
  /// - Throws: `FileError` when they cannot be read.
  func head(_ count: Int) throws -> [UInt8] {
    let start = try place()
    let wanted = min(count, entry.size)
    guard entry.coding == .deflated else { return try file.bytes(start..<start + wanted) }
    guard wanted > 0 else { return [] }
    let bytes = try InflatedBytes(file, start..<start + entry.packed, .raw, name: name)
    return try [UInt8](unsafeUninitializedCapacity: wanted) { buffer, filled in
      filled = try bytes.read(into: UnsafeMutableRawBufferPointer(buffer))
    }
  }

  /// All bytes.
  /// - Parameter limit: The maximum size in bytes.
  /// - Parameter check: Receives up to 512 bytes from the start before the rest is read.
  /// - Throws: `FileError` when they cannot be read, are more than `limit`, or differ from what the archive says about them;
  ///   any error of `check`.
  func all(
    limit: Int, checkingHead check: (UnsafeBufferPointer<UInt8>) throws -> Void = { _ in }
  ) throws -> [UInt8] {
    guard entry.size <= limit else {
      throw FileError(name, "is \(entry.size) bytes long, over the limit of \(limit)")
    }
    // Without capacity, the initializer would write to the empty array that all threads share.
    guard entry.size > 0 || entry.coding == .deflated else {
      try check(UnsafeBufferPointer(start: nil, count: 0))
      return []
    }
    // One byte more than announced shows that there are more.
    let contents = try [UInt8](unsafeUninitializedCapacity: entry.size + 1) { buffer, filled in
      let all = UnsafeMutableRawBufferPointer(buffer)
      if entry.coding == .deflated {
        try inflate(into: all, &filled, check)
      } else {
        try copy(into: UnsafeMutableRawBufferPointer(rebasing: all[..<entry.size]), &filled, check)
      }
    }
    guard contents.count == entry.size else {
      let more = contents.count > entry.size ? "more" : "fewer"
      throw FileError(name, "holds \(more) than the \(entry.size) bytes that its archive announces")
    }
    guard entry.coding == .plain || contents.withUnsafeBytes({ CRC32.of($0) }) == entry.checksum else {
      throw FileError(name, "is damaged: its checksum in the archive differs")
    }
    return contents
  }

  private func copy(
    into buffer: UnsafeMutableRawBufferPointer, _ filled: inout Int,
    _ check: (UnsafeBufferPointer<UInt8>) throws -> Void
  ) throws {
    let start = try startAndHead(into: buffer, &filled)
    try check(Self.head(of: buffer, filled))
    let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
    try file.read(into: rest, at: start + filled)
    filled = buffer.count
  }

  private func inflate(
    into buffer: UnsafeMutableRawBufferPointer, _ filled: inout Int,
    _ check: (UnsafeBufferPointer<UInt8>) throws -> Void
  ) throws {
    let start = try place()
    let bytes = try InflatedBytes(file, start..<start + entry.packed, .raw, name: name)
    filled = try bytes.read(
      into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(Self.headSize, buffer.count)]))
    try check(Self.head(of: buffer, filled))
    filled += try bytes.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]))
  }

  private static func head(
    of buffer: UnsafeMutableRawBufferPointer, _ filled: Int
  ) -> UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(
      UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(filled, headSize)]).bindMemory(to: UInt8.self))
  }

  /// Fills the start of `buffer`, with the header before the contents in one read.
  /// - Returns: The position of the contents.
  private func startAndHead(into buffer: UnsafeMutableRawBufferPointer, _ filled: inout Int) throws -> Int {
    let before = entry.coding == .plain ? 0 : ZipDirectory.localHeaderSize
    let block = try file.bytes(
      entry.offset..<min(file.count, entry.offset + min(Self.firstRead, before + buffer.count + 256)))
    let header = entry.coding == .plain ? 0 : try headerSize(block)
    let end = header + min(Self.headSize, buffer.count)
    if end <= block.count {
      block.withUnsafeBytes { buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[header..<end])) }
    } else {
      let head = UnsafeMutableRawBufferPointer(rebasing: buffer[..<(end - header)])
      try file.read(into: head, at: entry.offset + header)
    }
    filled = end - header
    return entry.offset + header
  }

  /// The position of the contents.
  private func place() throws -> Int {
    guard entry.coding != .plain else { return entry.offset }
    let size = try headerSize(file.bytes(entry.offset..<entry.offset + ZipDirectory.localHeaderSize))
    guard entry.packed <= file.count - entry.offset - size else { throw damage }
    return entry.offset + size
  }

  /// The size of the header before the contents, whose first bytes are `bytes`.
  private func headerSize(_ bytes: [UInt8]) throws -> Int {
    try bytes.withUnsafeBytes { bytes in
      guard bytes.count >= ZipDirectory.localHeaderSize, bytes.int32(0) == 0x0403_4B50 else { throw damage }
      return ZipDirectory.localHeaderSize + bytes.int16(26) + bytes.int16(28)
    }
  }

  private var damage: FileError { FileError(name, "is damaged: it is not where its archive says") }

  /// The contents as a file: a part of the archive, or an unnamed file to which they are expanded.
  /// - Throws: `FileError` when they cannot be read, or the unnamed file cannot be written.
  func asFile(_ path: String) throws -> ArchiveFile {
    let start = try place()
    let range = start..<start + entry.packed
    return entry.coding == .deflated
      ? try ExpandedFile.expand(file, range, .raw, limit: entry.size, name: path)
      : file.part(range, name: path)
  }
}
