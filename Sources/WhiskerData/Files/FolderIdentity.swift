import WhiskerCore
import Glibc

/// The identity of a folder, whatever links lead to it.
struct FolderIdentity: Hashable, Sendable {
  private let device: UInt64
  private let number: UInt64

  /// The folder at `path`; nil where it cannot be examined, which is reported when it is listed.
  init?(_ path: [UInt8]) {
    var status = stat()
    let result = withPath(path) { stat($0, &status) }
    guard result == 0 else { return nil }
    (device, number) = (UInt64(status.st_dev), UInt64(status.st_ino))
  }

  /// The folder at `path` and all folders above it. A link back to one of them is a loop.
  static func chain(of path: [UInt8]) -> Set<FolderIdentity> {
    var chain: Set<FolderIdentity> = []
    var path = path
    while let identity = FolderIdentity(path), chain.insert(identity).inserted {
      path += Array("/..".utf8)
    }
    return chain
  }
}

extension FolderIdentity {
  /// The name of the folder at `path`, with all links resolved: `.` has one, too.
  static func name(of path: [UInt8]) -> [UInt8] {
    resolved(path).split(separator: UInt8(ascii: "/")).last.map { Array($0) } ?? []
  }

  /// The absolute path of whatever is at `path`, with all links resolved; empty where nothing is.
  static func resolved(_ path: [UInt8]) -> [UInt8] {
    guard let resolved = withPath(path, { realpath($0, nil) }) else { return [] }
    defer { free(resolved) }
    return Array(UnsafeRawBufferPointer(start: resolved, count: strlen(resolved)))
  }
}
