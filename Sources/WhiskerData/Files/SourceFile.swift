import Glibc
import WhiskerCore

/// A file that a dataset is made from, with its size and time.
public struct SourceFile: Sendable, Equatable {
  /// The bytes of its path below the root of the dataset.
  public let path: [UInt8]
  /// The class of its samples; nil where they are of several.
  public let label: Int?
  /// The size in bytes; -1 where the file no longer exists.
  public let size: Int
  /// The time of its last modification, in nanoseconds since 1970.
  public let modified: Int
  private let absolute: [UInt8]

  /// A larger file is mapped, not read into memory.
  private static let readLimit = 1 << 20

  /// The file at `path`, with samples of several classes.
  public init(_ path: String) { self.init(path: pathBytes(path), label: nil, absolute: pathBytes(path)) }

  /// The file at `absolute`.
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
