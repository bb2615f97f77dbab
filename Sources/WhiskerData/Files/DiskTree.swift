import WhiskerCore

/// The files below a folder on disk.
struct DiskTree: FileTree {
  let root: String

  /// The folder at `root`.
  init(_ root: String) { self.root = root }

  var isOnDisk: Bool { true }
  var refused: [FileError] { [] }

  func forEachEntry(
    of folder: RelativePath, followsLinks: Bool, _ body: (FolderEntry) -> Bool
  ) throws(FileError) {
    try FolderEntry.forEach(in: folder.absolute(below: root), followsLinks: followsLinks, body)
  }

  func identity(of folder: RelativePath) -> FolderIdentity? { FolderIdentity(folder.absolute(below: root)) }

  /// Archives are often unpacked into a folder of their name.
  func isWrapper(_ name: RelativePath, of folder: RelativePath) -> Bool {
    RelativePath(bytes: FolderIdentity.name(of: folder.absolute(below: root))).description.lowercased()
      == name.description.lowercased()
  }

  func below(_ folder: RelativePath) -> any FileTree {
    let name = String(decoding: folder.bytes, as: UTF8.self)
    // A name that is no text cannot be part of a path that is one.
    return folder.bytes.isEmpty || !name.utf8.elementsEqual(folder.bytes) ? self : DiskTree("\(root)/\(name)")
  }

  func head(of file: RelativePath, count: Int) -> [UInt8]? {
    try? FileBytes.parts(file.absolute(below: root), name: "") { [0..<min($0, count)] }
  }

  func contents(
    of file: RelativePath, limit: Int, checkingHead check: (UnsafeBufferPointer<UInt8>) throws -> Void
  ) throws -> [UInt8] {
    try FileBytes.read(
      file.absolute(below: root), name: file.description, limit: limit, checkingHead: check)
  }

  func size(of file: RelativePath) throws -> Int? {
    try FileBytes.size(file.absolute(below: root), name: file.description)
  }

  func excerpt(of file: RelativePath) throws -> [UInt8] {
    try FileBytes.parts(file.absolute(below: root), name: file.description, Self.excerptRanges)
  }

  func sourceFile(_ file: RelativePath, label: Int?) -> SourceFile {
    SourceFile(path: file.bytes, label: label, absolute: file.absolute(below: root))
  }
}
