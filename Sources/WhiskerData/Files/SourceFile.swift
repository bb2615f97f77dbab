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
  /// The time of its last modification, in nanoseconds since 1970; of an entry of a ZIP archive the CRC-32 of its contents.
  public let modified: Int
  /// The fingerprint of the contents, if they have been read since the dataset was opened.
  package private(set) var seen: Fingerprint?
  /// The order of the columns that hold the pixels of a picture, of a table that has them in another; nil otherwise.
  var pixelOrder: String?
  /// The path on disk, or in the archive.
  private let absolute: [UInt8]
  /// The archive that holds it, where it is the entry of one.
  private let archive: (any FileTree)?

  /// A larger file is mapped, not read into memory.
  private static let readLimit = 1 << 20
  /// A larger entry of an archive is no picture.
  private static let entryLimit = 1 << 30

  /// The file at `path`, with samples of several classes.
  public init(_ path: String) { self.init(path: pathBytes(path), label: nil, absolute: pathBytes(path)) }

  /// The file at `absolute`.
  init(path: [UInt8], label: Int?, absolute: consuming [UInt8]) {
    self.absolute = absolute
    (self.path, self.label, archive) = (path, label, nil)
    var status = stat()
    absolute.append(0)
    let result = absolute.withUnsafeBufferPointer { buffer in
      buffer.withMemoryRebound(to: CChar.self) { stat($0.baseAddress!, &status) }
    }
    size = result == 0 ? Int(status.st_size) : -1
    modified = result == 0 ? status.st_mtim.tv_sec &* 1_000_000_000 &+ status.st_mtim.tv_nsec : 0
  }

  /// The entry at `path` of an archive.
  init(path: RelativePath, label: Int?, size: Int, modified: Int, in archive: any FileTree) {
    (self.path, self.label, self.size, self.modified) = (path.bytes, label, size, modified)
    (absolute, self.archive) = (path.bytes, archive)
  }

  public static func == (one: SourceFile, other: SourceFile) -> Bool {
    (one.path, one.label, one.size, one.modified) == (other.path, other.label, other.size, other.modified)
      && (one.absolute, one.archive?.root) == (other.absolute, other.archive?.root)
  }

  /// The same file, whose contents have this fingerprint.
  func noting(_ fingerprint: Fingerprint?) -> SourceFile {
    var file = self
    file.seen = fingerprint
    return file
  }

  /// The same file with a text before its path, and samples of another class.
  func renamed(after prefix: [UInt8], label: Int?) -> SourceFile {
    SourceFile(self, path: prefix + path, label: label)
  }

  private init(_ other: SourceFile, path: [UInt8], label: Int?) {
    (self.path, self.label, size, modified) = (path, label, other.size, other.modified)
    (absolute, archive, seen) = (other.absolute, other.archive, other.seen)
    pixelOrder = other.pixelOrder
  }

  /// The fingerprint of the contents; nil where they cannot be read.
  package func fingerprint() -> Fingerprint? {
    if let seen { return seen }
    if let archive {
      let contents = try? archive.contents(of: RelativePath(bytes: absolute), limit: Self.entryLimit) { _ in }
      return contents?.withUnsafeBytes { Fingerprint($0) }
    }
    let name = printable(path)
    guard size > Self.readLimit else {
      return try? FileBytes.read(absolute, name: name, limit: Self.readLimit).withUnsafeBytes {
        Fingerprint($0)
      }
    }
    return try? FileContents(mapping: pathText(absolute)).withBytes { Fingerprint($0) }
  }
}
