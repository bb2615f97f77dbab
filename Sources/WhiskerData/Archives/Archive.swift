import WhiskerCore

/// An archive whose entries are read in place: a ZIP archive, a tar archive, or several of these.
final class Archive: Sendable {
  /// The format of an archive.
  enum Format: String {
    case zip = "ZIP archive"
    case tar = "tar archive"

    /// The format of a file that starts with `head`; nil for another file.
    init?(_ head: [UInt8]) {
      if ZipDirectory.isZip(head) {
        self = .zip
      } else if TarHeader.isTar(head) {
        self = .tar
      } else {
        return nil
      }
    }
  }

  /// The path, for messages.
  let path: String
  let format: Format
  /// The entries.
  let index: ArchiveIndex
  /// The files that hold them.
  let files: [ArchiveFile]
  /// Whether entries are themselves archives, which were entered.
  let isNested: Bool

  /// The number of bytes by which formats are recognised: a gzipped file must give those of a header.
  private static let headSize = 4096
  /// The number of files that stay open.
  private static let openFiles = 64
  /// The number of files of an archive that is examined for archives in it.
  private static let nestedLimit = 100

  /// Opens the archive at `path`; nil where another file is.
  /// - Throws: `FileError` when it cannot be read, or is damaged.
  static func open(_ path: String) throws -> Archive? {
    let file = try ArchiveFile(path)
    let head = try file.head(headSize)
    if let format = Format(head) { return try Archive(file, format) }
    guard Gzip.isCompressed(head), let start = try? Gzip.prefix(head, count: TarHeader.size, name: path),
      TarHeader.isTar(start)
    else { return nil }
    return try Archive(ExpandedFile.gzipped(file), .tar)
  }

  private init(_ file: ArchiveFile, _ format: Format) throws {
    (path, self.format) = (file.name, format)
    var index = ArchiveIndex()
    try Self.read(file, format, 0, below: [], &index)
    let nested = try Self.nestedArchives(in: file, index)
    for (number, nested) in nested.enumerated() {
      try Self.read(nested.file, .zip, UInt16(number + 1), below: nested.folder, &index)
      index.hide(entry: nested.entry)
    }
    index.finish(path)
    (self.index, files, isNested) = (index, [file] + nested.map(\.file), !nested.isEmpty)
  }

  /// The tar archives at `paths` as one, in which each is a folder with the name of its file. Where two have the same name, the
  /// names start with the number of the archive.
  /// - Parameter path: Their folder or pattern, for messages.
  /// - Throws: `FileError` when one cannot be read, or is another file.
  init(shards paths: [String], path: String) throws {
    (self.path, format, isNested) = (path, .tar, false)
    guard paths.count < UInt16.max else { throw FileError(path, "are more than \(UInt16.max) files") }
    var index = ArchiveIndex()
    var files: [ArchiveFile] = []
    let names = paths.map { RelativePath(bytes: pathBytes($0)).lastPart }
    let areUnique = Set(names.map { Array($0) }).count == names.count
    for (number, path) in paths.enumerated() {
      let file = try ArchiveFile(path)
      let head = try file.head(TarHeader.size)
      guard TarHeader.isTar(head) else {
        throw FileError(path, "is \(FileSignature.describe(head)), not a tar archive")
      }
      let prefix: [UInt8] = areUnique ? [] : Array("\(number)-".utf8)
      var tar = TarIndex(
        file, number: UInt16(number), below: prefix + Array(names[number]) + [UInt8(ascii: "/")])
      try tar.read(into: &index)
      files.append(paths.count > Self.openFiles ? file.closed() : file)
    }
    index.finish(path)
    (self.index, self.files) = (index, files)
  }

  private static func read(
    _ file: ArchiveFile, _ format: Format, _ number: UInt16, below folder: [UInt8],
    _ index: inout ArchiveIndex
  ) throws {
    switch format {
    case .zip: try ZipDirectory(file).read(into: &index, number: number, below: folder)
    case .tar:
      var tar = TarIndex(file, number: number, below: folder)
      try tar.read(into: &index)
    }
  }

  /// The ZIP archives in an archive that holds nothing else but a few files, as Kaggle packs competitions. Each becomes a folder.
  private static func nestedArchives(
    in file: ArchiveFile, _ index: ArchiveIndex
  ) throws -> [(entry: Int, folder: [UInt8], file: ArchiveFile)] {
    guard index.entries.count <= nestedLimit else { return [] }
    var found: [(entry: Int, folder: [UInt8], file: ArchiveFile)] = []
    for (place, entry) in index.entries.enumerated() where entry.coding != .refused {
      let name = index.name(ofEntry: place)
      guard !RelativePath(bytes: name).isIgnored else { continue }
      guard !name.contains(UInt8(ascii: "/")) else { return [] }
      let contents = EntryContents(entry, in: file, name: printable(name))
      guard let head = try? contents.head(headSize) else { continue }
      guard ImageFormat.of(head) == nil else { return [] }
      guard Format(head) == .zip, name.count > 4, name.suffix(4).elementsEqual(".zip".utf8) else { continue }
      let inner = try contents.asFile("\(file.name)/\(printable(name))")
      found.append((place, name.dropLast(4) + [UInt8(ascii: "/")], inner))
    }
    return found
  }
}
