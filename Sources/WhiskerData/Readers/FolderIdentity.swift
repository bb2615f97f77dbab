import Glibc

/// Which folder a path leads to, whatever links are on the way.
struct FolderIdentity: Hashable, Sendable {
  private let device: UInt64
  private let number: UInt64

  /// The folder at `path`; nil where it cannot be examined, which is reported when it is listed.
  init?(_ path: [UInt8]) {
    var status = stat()
    let result = (path + [0]).withUnsafeBufferPointer { buffer in
      buffer.withMemoryRebound(to: CChar.self) { stat($0.baseAddress!, &status) }
    }
    guard result == 0 else { return nil }
    (device, number) = (UInt64(status.st_dev), UInt64(status.st_ino))
  }

  /// The folder at `path` and all those above it: a link back to one of them is a loop.
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
  /// The name of the folder at `path`, which need not be in the path: `.` has one.
  static func name(of path: [UInt8]) -> [UInt8] {
    let resolved = (path + [0]).withUnsafeBufferPointer { buffer in
      buffer.withMemoryRebound(to: CChar.self) { realpath($0.baseAddress!, nil) }
    }
    guard let resolved else { return [] }
    defer { free(resolved) }
    let bytes = Array(UnsafeRawBufferPointer(start: resolved, count: strlen(resolved)))
    return bytes.split(separator: UInt8(ascii: "/")).last.map { Array($0) } ?? []
  }
}
