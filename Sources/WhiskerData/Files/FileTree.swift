import WhiskerCore

/// Files in folders that a dataset is read from: a folder on disk, or an archive.
protocol FileTree: Sendable {
  /// The path of the folder; that of the archive, and of the folder in it. For messages.
  var root: String { get }
  /// Whether the files lie on disk, where other programs can work on them.
  var isOnDisk: Bool { get }
  /// Entries that are not in any folder because they must not be opened, and damage that was found.
  var refused: [FileError] { get }

  /// Calls `body` with the entries of a folder in any order, without `.` and `..`, until it returns false.
  /// - Parameter followsLinks: Whether a symbolic link is replaced by its target.
  /// - Throws: `FileError` when the folder cannot be read.
  func forEachEntry(of folder: RelativePath, followsLinks: Bool, _ body: (FolderEntry) -> Bool)
    throws(FileError)
  /// The identity of a folder; nil where it cannot be examined, or no link can lead to it.
  func identity(of folder: RelativePath) -> FolderIdentity?
  /// Whether `name`, the only folder of `folder`, is there because the files were packed with the folder that held them.
  func isWrapper(_ name: RelativePath, of folder: RelativePath) -> Bool
  /// The tree of a folder.
  func below(_ folder: RelativePath) -> any FileTree

  /// The first bytes of a file; nil where it cannot be read.
  /// - Parameter count: The most bytes to read.
  func head(of file: RelativePath, count: Int) -> [UInt8]?
  /// The contents of a regular file.
  /// - Parameter limit: The maximum size in bytes.
  /// - Parameter check: Receives up to 512 bytes from the start before the rest is read.
  /// - Throws: `FileError` when it cannot be read or is larger than `limit`; any error of `check`.
  func contents(
    of file: RelativePath, limit: Int, checkingHead check: (UnsafeBufferPointer<UInt8>) throws -> Void
  ) throws -> [UInt8]
  /// The size of a regular file in bytes; nil where it is none.
  /// - Throws: `FileError` when it cannot be examined.
  func size(of file: RelativePath) throws -> Int?
  /// Bytes in which most files of the same size and other contents differ.
  /// - Throws: `FileError` when the file cannot be read.
  func excerpt(of file: RelativePath) throws -> [UInt8]
  /// The file, with its size and time.
  func sourceFile(_ file: RelativePath, label: Int?) -> SourceFile
}

extension FileTree {
  /// The entries of a folder in plain byte order.
  /// - Throws: `FileError` when the folder cannot be read.
  func entries(of folder: RelativePath, followsLinks: Bool) throws(FileError) -> [FolderEntry] {
    var entries: [FolderEntry] = []
    try forEachEntry(of: folder, followsLinks: followsLinks) {
      entries.append($0)
      return true
    }
    return entries.sorted { $0.name < $1.name }
  }

  /// The path of a file or a folder, for messages.
  func name(of path: RelativePath) -> String { printable(path.absolute(below: root)) }

  /// The middle and the end of a file of `count` bytes, where compressed pictures differ most; all of a small file.
  static func excerptRanges(_ count: Int) -> [Range<Int>] {
    let length = 256
    guard count > 2 * length else { return [0..<count] }
    let middle = (count - length) / 2
    return [middle..<middle + length, count - length..<count]
  }
}
