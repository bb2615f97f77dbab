import WhiskerCore

/// The files in an archive, or in a folder of one.
struct ArchiveTree: FileTree {
  let root: String
  let archive: Archive
  /// The folder, with its slash; empty for the whole archive.
  private let base: [UInt8]

  /// All of `archive`.
  init(_ archive: Archive) { self.init(archive, root: archive.path, base: []) }

  private init(_ archive: Archive, root: String, base: [UInt8]) {
    (self.archive, self.root, self.base) = (archive, root, base)
  }

  var isOnDisk: Bool { false }
  var refused: [FileError] { archive.index.refused }

  func forEachEntry(
    of folder: RelativePath, followsLinks: Bool, _ body: (FolderEntry) -> Bool
  ) throws(FileError) {
    let (index, slash) = (archive.index, UInt8(ascii: "/"))
    let start = fullName(folder) + (folder.bytes.isEmpty ? [] : [slash])
    var position = index.firstPosition(from: start)
    guard start.isEmpty || position < index.count && index.name(position).starts(with: start) else {
      throw FileError(name(of: folder), "is no folder of the archive")
    }
    while position < index.count {
      let name = index.name(position)
      guard name.starts(with: start) else { return }
      let rest = name.dropFirst(start.count)
      guard !rest.isEmpty else {
        position += 1
        continue
      }
      let part = rest.prefix { $0 != slash }
      let entry = FolderEntry(
        name: RelativePath(bytes: Array(part)), kind: part.count < rest.count ? .folder : .file)
      guard body(entry) else { return }
      // The names in a folder follow each other, and precede its own with the character after the slash.
      position = entry.kind == .file ? position + 1 : index.firstPosition(from: start + part + [slash + 1])
    }
  }

  func identity(of folder: RelativePath) -> FolderIdentity? { nil }

  /// Archives mostly hold the folder that was packed, under whatever name.
  func isWrapper(_ name: RelativePath, of folder: RelativePath) -> Bool { true }

  func below(_ folder: RelativePath) -> any FileTree {
    folder.bytes.isEmpty
      ? self
      : ArchiveTree(
        archive, root: "\(root)/\(printable(folder.bytes))", base: fullName(folder) + [UInt8(ascii: "/")])
  }

  func head(of file: RelativePath, count: Int) -> [UInt8]? { try? stored(file).head(count) }

  func contents(
    of file: RelativePath, limit: Int, checkingHead check: (UnsafeBufferPointer<UInt8>) throws -> Void
  ) throws -> [UInt8] {
    do {
      return try stored(file).all(limit: limit, checkingHead: check)
    } catch let error as FileError where error.systemError == nil {
      try source(entry(file)).checkUnchanged()
      throw error
    }
  }

  func size(of file: RelativePath) throws -> Int? { try entry(file).size }

  func excerpt(of file: RelativePath) throws -> [UInt8] {
    let entry = try entry(file)
    guard entry.coding == .plain else { return withUnsafeBytes(of: entry.checksum) { Array($0) } }
    let ranges = Self.excerptRanges(entry.size)
    return try ranges.flatMap { range in
      try source(entry).bytes(entry.offset + range.lowerBound..<entry.offset + range.upperBound)
    }
  }

  func sourceFile(_ file: RelativePath, label: Int?) -> SourceFile {
    guard let entry = try? entry(file) else {
      return SourceFile(path: file, label: label, size: -1, modified: 0, in: self)
    }
    // A tar archive has no checksums, and the times in it are often all the same.
    let stamp = entry.coding == .plain ? source(entry).modified : Int(entry.checksum)
    return SourceFile(path: file, label: label, size: entry.size, modified: stamp, in: self)
  }

  private func fullName(_ path: RelativePath) -> [UInt8] { base + path.bytes }
  private func source(_ entry: ArchiveEntry) -> ArchiveFile { archive.files[Int(entry.file)] }

  private func entry(_ file: RelativePath) throws -> ArchiveEntry {
    guard let entry = archive.index.entry(named: fullName(file)) else {
      throw FileError(file.description, "is not in the archive")
    }
    return entry
  }

  private func stored(_ file: RelativePath) throws -> EntryContents {
    let entry = try entry(file)
    return EntryContents(entry, in: source(entry), name: file.description)
  }
}
