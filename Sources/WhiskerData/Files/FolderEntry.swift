import Glibc
import WhiskerCore

/// One entry of a folder.
struct FolderEntry {
  enum Kind: UInt8 {
    case file
    case folder
    /// A link that is not followed.
    case symbolicLink
    /// A link whose target does not exist. This and the next two only where links are followed.
    case brokenLink
    /// A link that leads back to itself.
    case circularLink
    /// A link whose target cannot be examined.
    case unreachableLink
    /// A device, a socket or a FIFO.
    case special
  }

  let name: RelativePath
  let kind: Kind

  /// The reason why the entry must not be opened; nil where it may be, and for entries that are ignored anyway.
  func refusal(below folder: RelativePath) -> FileError? {
    guard !name.isIgnored else { return nil }
    let path = folder.appending(name).description
    switch kind {
    case .file, .folder: return nil
    case .symbolicLink:
      return FileError(path, "is a symbolic link, which is not followed (\(.followsLinks))")
    case .brokenLink: return FileError(path, "is a symbolic link that leads nowhere")
    case .circularLink: return FileError(path, "is a symbolic link that leads back to itself")
    case .unreachableLink: return FileError(path, "is a symbolic link whose target cannot be examined")
    case .special: return FileError(path, "is a device, socket or FIFO, which is not opened")
    }
  }

  /// Calls `body` with the entries of the folder at `path` in the order of the system, without `.` and `..`, until it
  /// returns false.
  /// - Parameter followsLinks: Whether a symbolic link is replaced by its target.
  /// - Throws: `FileError` when the folder cannot be read.
  static func forEach(
    in path: [UInt8], followsLinks: Bool, _ body: (FolderEntry) -> Bool
  ) throws(FileError) {
    let directory = withPath(path) { opendir($0) }
    guard let directory else {
      throw FileError(printable(path), systemError: errno, doing: "cannot be opened as a folder")
    }
    defer { closedir(directory) }
    while true {
      errno = 0
      guard let entry = readdir(directory) else { break }
      let name = name(of: entry)
      guard name.first != UInt8(ascii: ".") || name.count > 2 || name.last != UInt8(ascii: ".") else {
        continue
      }
      let kind = kind(of: entry, in: directory, followsLinks: followsLinks)
      guard body(FolderEntry(name: RelativePath(bytes: name), kind: kind)) else { return }
    }
    guard errno == 0 else { throw FileError(printable(path), systemError: errno, doing: "cannot be listed") }
  }

  private static func name(of entry: UnsafeMutablePointer<dirent>) -> [UInt8] {
    // The name follows the fixed part of the record and may be longer than the imported tuple says.
    let offset = MemoryLayout<dirent>.offset(of: \dirent.d_name) ?? 0
    let start = UnsafeRawPointer(entry).advanced(by: offset).assumingMemoryBound(to: UInt8.self)
    return Array(UnsafeBufferPointer(start: start, count: strlen(start)))
  }

  private static func kind(
    of entry: UnsafeMutablePointer<dirent>, in directory: OpaquePointer, followsLinks: Bool
  ) -> Kind {
    switch Int(entry.pointee.d_type) {
    case Int(DT_REG): return .file
    case Int(DT_DIR): return .folder
    case Int(DT_LNK): return followsLinks ? target(of: entry, in: directory) : .symbolicLink
    // Some file systems do not report the kind of an entry.
    case Int(DT_UNKNOWN):
      let kind = examinedKind(of: entry, in: directory, AT_SYMLINK_NOFOLLOW) ?? .special
      return kind == .symbolicLink && followsLinks ? target(of: entry, in: directory) : kind
    default: return .special
    }
  }

  /// The kind of a link's target, or the reason why it has none.
  private static func target(of entry: UnsafeMutablePointer<dirent>, in directory: OpaquePointer) -> Kind {
    if let kind = examinedKind(of: entry, in: directory, 0) { return kind }
    switch errno {
    case ENOENT, ENOTDIR: return .brokenLink
    case ELOOP: return .circularLink
    default: return .unreachableLink
    }
  }

  private static func examinedKind(
    of entry: UnsafeMutablePointer<dirent>, in directory: OpaquePointer, _ flags: Int32
  ) -> Kind? {
    var status = stat()
    let result = withPath(name(of: entry)) { fstatat(dirfd(directory), $0, &status, flags) }
    guard result == 0 else { return nil }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return .file
    case S_IFDIR: return .folder
    case S_IFLNK: return .symbolicLink
    default: return .special
    }
  }
}
