import WhiskerCore

/// Finds the entries of a tar archive by going from header to header. The contents between them are not read.
///
/// What follows damage cannot be found: the entries before it are used, and the damage is noted.
struct TarIndex {
  private let file: ArchiveFile
  private let number: UInt16
  /// The folder that the entries lie in, with its slash.
  private let folder: [UInt8]
  private var window: ArchiveWindow
  /// What GNU tar and pax write before an entry, for its name and size.
  private var longName: [UInt8]?
  private var pax: PaxHeader?

  private static let block = TarHeader.size
  /// The longest header of names and sizes.
  private static let extensionLimit = 1 << 20

  /// - Parameter number: The number of the file among several.
  /// - Parameter folder: The folder that the entries lie in, with its slash; empty for none.
  init(_ file: ArchiveFile, number: UInt16, below folder: [UInt8]) {
    (self.file, self.number, self.folder) = (file, number, folder)
    window = ArchiveWindow(file, size: 1 << 14)
  }

  /// Adds all entries to `index`.
  /// - Throws: `FileError` when the archive cannot be read.
  mutating func read(into index: inout ArchiveIndex) throws {
    var place = 0
    while place + Self.block <= file.count {
      let (header, isEnd) = try window.withBytes(at: place, count: Self.block) { bytes in
        (TarHeader(bytes), bytes.allSatisfy { $0 == 0 })
      }
      if isEnd { return }
      guard let header, let contents = pax?.contents ?? header.contents else {
        return index.refuse { damage("is damaged at byte \(place), and what follows is not read") }
      }
      place += Self.block
      let isWhole = header.isExtended ? try skipExtensions(&place) : true
      let size = Self.holdsContents(header.kind) ? contents : 0
      guard isWhole, size <= file.count - place else {
        let name = folder + (pax?.name ?? longName ?? header.name)
        index.refuse(name, "is cut short, as its archive is")
        return
      }
      guard try take(header, at: place, size, &index) else {
        return index.refuse { damage("is damaged at byte \(place), and what follows is not read") }
      }
      place += (size + Self.block - 1) / Self.block * Self.block
    }
    index.refuse { damage("has no end: it may be cut short") }
  }

  private func damage(_ problem: ErrorText) -> FileError {
    FileError(file.name, problem, advice: "Get the archive again")
  }

  /// Links, devices and folders have no contents, whatever their size says.
  private static func holdsContents(_ kind: UInt8) -> Bool { !"123456".utf8.contains(kind) }

  /// - Returns: Whether it could be read.
  private mutating func take(
    _ header: TarHeader, at place: Int, _ size: Int, _ index: inout ArchiveIndex
  ) throws -> Bool {
    switch header.kind {
    case UInt8(ascii: "x"), UInt8(ascii: "L"):
      guard size <= Self.extensionLimit else { return false }
      let bytes = try window.withBytes(at: place, count: size) { Array($0) }
      if header.kind == UInt8(ascii: "L") {
        longName = Array(bytes.prefix { $0 != 0 })
      } else {
        pax = PaxHeader(bytes)
        return pax != nil
      }
    // The name that a link leads to, and settings for all entries.
    case UInt8(ascii: "K"), UInt8(ascii: "g"): break
    default:
      try add(header, at: place, size, &index)
      (longName, pax) = (nil, nil)
    }
    return true
  }

  private func add(
    _ header: TarHeader, at place: Int, _ size: Int, _ index: inout ArchiveIndex
  ) throws {
    let isFolder = header.kind == UInt8(ascii: "5")
    let name = ArchiveName(pax?.name ?? longName ?? header.name, isFolder: isFolder)
    let problem = pax?.isSparse ?? false ? Self.sparse : Self.problem(header.kind)
    if let problem = name.problem ?? problem { return index.refuse(folder + name.bytes, problem) }
    guard !name.bytes.isEmpty else { return }
    let isNamedFolder = name.bytes.last == UInt8(ascii: "/")
    try index.add(
      folder + name.bytes,
      ArchiveEntry(
        offset: place, packed: size, size: size, checksum: 0, file: number,
        coding: isNamedFolder ? .folder : .plain),
      of: file.name)
  }

  private static let sparse: ErrorText = "is a sparse file, which is not read in an archive"

  private static func problem(_ kind: UInt8) -> ErrorText? {
    switch kind {
    case 0, UInt8(ascii: "0"), UInt8(ascii: "5"), UInt8(ascii: "7"): nil
    case UInt8(ascii: "1"): "is a link to another entry, which is not followed in an archive"
    case UInt8(ascii: "2"): "is a symbolic link, which is not followed in an archive"
    case UInt8(ascii: "3"), UInt8(ascii: "4"), UInt8(ascii: "6"): "is a device or FIFO, which is not opened"
    case UInt8(ascii: "S"): sparse
    default: "is of a kind that is not read (\(printable([kind])))"
    }
  }

  /// Moves `place` behind the further headers of a sparse file.
  /// - Returns: Whether the last of them is there.
  private mutating func skipExtensions(_ place: inout Int) throws -> Bool {
    while place + Self.block <= file.count {
      let isLast = try window.withBytes(at: place, count: Self.block) { $0[504] == 0 }
      place += Self.block
      if isLast { return true }
    }
    return false
  }
}
