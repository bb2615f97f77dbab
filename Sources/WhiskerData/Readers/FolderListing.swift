import Glibc
import WhiskerTensor

/// The files below a folder, in plain byte order, and what was passed over on the way.
struct FolderListing {
  /// Regular files, relative to the root.
  private(set) var files = PathList()
  /// How many dot entries were ignored.
  private(set) var hidden = 0
  /// Symbolic links, devices, sockets and FIFOs: never opened.
  private(set) var refused: [FileError] = []

  private let root: String
  private let followsLinks: Bool
  /// The folders between the start and where the listing is, by device and number: a link back to one is a loop.
  private var ancestors: [[UInt64]] = []

  /// How deep folders may be nested below a class.
  static let depthLimit = 64

  /// Lists everything below `start`, itself below `root`.
  /// - Throws: `FileError` when a folder cannot be read, or is nested too deeply.
  init(root: String, below start: RelativePath, followsLinks: Bool) throws {
    (self.root, self.followsLinks) = (root, followsLinks)
    try visit(start)
  }

  private mutating func visit(_ folder: RelativePath) throws {
    let path = folder.bytes.isEmpty ? Array(root.utf8) : folder.absolute(below: root)
    guard ancestors.count < Self.depthLimit else {
      throw FileError(printable(path), "is nested more than \(Self.depthLimit) folders deep")
    }
    let identity = Self.identity(of: path)
    guard !ancestors.contains(identity) else {
      refused.append(FileError(folder.description, "leads back to a folder above it"))
      return
    }
    ancestors.append(identity)
    defer { ancestors.removeLast() }
    for entry in try FolderEntry.list(path, followsLinks: followsLinks) {
      let path = folder.appending(entry.name)
      guard !entry.name.isHidden else {
        hidden += 1
        continue
      }
      switch entry.kind {
      case .file: files.append(path)
      case .folder: try visit(path)
      case .symbolicLink, .special: refused += [entry.refusal(below: folder)].compactMap { $0 }
      }
    }
  }

  /// The device and the number of the folder at `path`.
  static func identity(of path: [UInt8]) -> [UInt64] {
    var status = stat()
    let result = (path + [0]).withUnsafeBufferPointer { buffer in
      buffer.withMemoryRebound(to: CChar.self) { stat($0.baseAddress!, &status) }
    }
    // What cannot be examined cannot be listed either, which is told there.
    return result == 0 ? [UInt64(status.st_dev), UInt64(status.st_ino)] : []
  }
}
