import Glibc

/// A file that a data set is made from, as far as can be told without opening it.
public struct SourceFile: Sendable, Equatable {
  /// The bytes of its path below the data set's root.
  public let path: [UInt8]
  /// The class that it belongs to; nil for a file with samples of many.
  public let label: Int?
  /// In bytes; -1 where there is no such file any more.
  public let size: Int
  /// When it was last written, in nanoseconds since 1970.
  public let modified: Int

  /// What there is to know of the file at `path`, which holds samples of many classes.
  public init(_ path: String) { self.init(path: Array(path.utf8), label: nil, absolute: Array(path.utf8)) }

  /// What there is to know of the file at `absolute`.
  init(path: [UInt8], label: Int?, absolute: consuming [UInt8]) {
    (self.path, self.label) = (path, label)
    var status = stat()
    absolute.append(0)
    let result = absolute.withUnsafeBufferPointer { buffer in
      buffer.withMemoryRebound(to: CChar.self) { stat($0.baseAddress!, &status) }
    }
    size = result == 0 ? Int(status.st_size) : -1
    modified = result == 0 ? status.st_mtim.tv_sec &* 1_000_000_000 &+ status.st_mtim.tv_nsec : 0
  }
}
