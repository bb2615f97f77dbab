import Glibc
import WhiskerTensor

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
  private let absolute: [UInt8]

  /// A larger file is mapped, not read into memory.
  private static let readLimit = 1 << 20

  /// What there is to know of the file at `path`, which holds samples of many classes.
  public init(_ path: String) { self.init(path: pathBytes(path), label: nil, absolute: pathBytes(path)) }

  /// What there is to know of the file at `absolute`.
  init(path: [UInt8], label: Int?, absolute: consuming [UInt8]) {
    self.absolute = absolute
    (self.path, self.label) = (path, label)
    var status = stat()
    absolute.append(0)
    let result = absolute.withUnsafeBufferPointer { buffer in
      buffer.withMemoryRebound(to: CChar.self) { stat($0.baseAddress!, &status) }
    }
    size = result == 0 ? Int(status.st_size) : -1
    modified = result == 0 ? status.st_mtim.tv_sec &* 1_000_000_000 &+ status.st_mtim.tv_nsec : 0
  }

  /// The fingerprint of the contents; nil where they cannot be read.
  package func fingerprint() -> Fingerprint? {
    let name = printable(path)
    guard size > Self.readLimit else {
      return try? FileBytes.read(absolute, name: name, limit: Self.readLimit).withUnsafeBytes {
        Fingerprint($0)
      }
    }
    return try? FileContents(mapping: pathText(absolute)).withBytes { Fingerprint($0) }
  }
}
