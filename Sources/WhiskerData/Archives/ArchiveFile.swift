import Glibc
import WhiskerCore

/// The bytes of an archive: a file on disk, an unnamed one, or a part of one. Any thread may read them.
final class ArchiveFile: Sendable {
  private final class Descriptor: Sendable {
    let number: Int32
    init(_ number: Int32) { self.number = number }
    deinit { close(number) }
  }

  /// The path, for messages.
  let name: String
  /// The length in bytes.
  let count: Int
  /// The time of the file's last modification, in nanoseconds since 1970.
  let modified: Int
  /// The open file; nil where it is opened for each read.
  private let descriptor: Descriptor?
  /// The position of the first byte in the file.
  private let start: Int
  private let timeWhenOpened: Int

  private init(name: String, count: Int, modified: Int, _ descriptor: Descriptor?, start: Int) {
    (self.name, self.count, self.modified) = (name, count, modified)
    (self.descriptor, self.start) = (descriptor, start)
    timeWhenOpened = descriptor.map { Self.time($0.number) } ?? modified
  }

  /// The regular file at `path`. It stays open, so that it may be replaced meanwhile.
  /// - Throws: `FileError` when it cannot be opened.
  convenience init(_ path: String) throws {
    let (number, size) = try FileBytes.open(pathBytes(path), name: path)
    self.init(name: path, count: size, modified: Self.time(number), Descriptor(number), start: 0)
  }

  private static func time(_ descriptor: Int32) -> Int {
    var status = stat()
    fstat(descriptor, &status)
    return status.st_mtim.tv_sec &* 1_000_000_000 &+ status.st_mtim.tv_nsec
  }

  /// The same file, which is opened for each read: of a thousand files not all can be open.
  func closed() -> ArchiveFile {
    ArchiveFile(name: name, count: count, modified: modified, nil, start: start)
  }

  /// What was expanded from `original`.
  /// - Throws: `FileError` when the spool cannot be written.
  convenience init(_ spool: SpoolFile, from original: ArchiveFile, name: String) throws {
    let descriptor = Descriptor(try spool.readingDescriptor())
    self.init(name: name, count: spool.count, modified: original.modified, descriptor, start: 0)
  }

  /// A part of the file.
  func part(_ range: Range<Int>, name: String) -> ArchiveFile {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "the part must be inside the file")
    return ArchiveFile(
      name: name, count: range.count, modified: modified, descriptor, start: start + range.lowerBound)
  }

  /// Fills `buffer` with the bytes from `offset` on.
  /// - Throws: `FileError` when they cannot be read, or are not there; `ResourceError` when the file has changed.
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws {
    guard offset >= 0, buffer.count <= count - offset else { throw FileError(name, "ends too early") }
    let descriptor = try self.descriptor ?? reopened()
    var filled = 0
    while filled < buffer.count {
      let got = retryingInterrupts {
        pread(
          descriptor.number, buffer.baseAddress! + filled, buffer.count - filled, start + offset + filled)
      }
      guard got >= 0 else { throw FileError(name, systemError: errno, doing: "cannot be read") }
      guard got > 0 else { throw changed }
      filled += got
    }
  }

  private func reopened() throws -> Descriptor {
    let (number, size) = try FileBytes.open(pathBytes(name), name: name)
    let descriptor = Descriptor(number)
    guard size == count, Self.time(number) == modified else { throw changed }
    return descriptor
  }

  /// No picture is at fault where the archive was written over.
  private var changed: ResourceError {
    ResourceError(name, "has changed since it was opened: restore it, then continue")
  }

  /// - Throws: `ResourceError` when the archive on disk was written to since it was opened.
  func checkUnchanged() throws {
    guard let descriptor, Self.time(descriptor.number) != timeWhenOpened else { return }
    throw changed
  }

  /// The bytes at `range`.
  /// - Throws: `FileError` when they cannot be read, or are not there.
  func bytes(_ range: Range<Int>) throws -> [UInt8] {
    guard range.upperBound <= count else { throw FileError(name, "ends too early") }
    guard !range.isEmpty else { return [] }
    return try [UInt8](unsafeUninitializedCapacity: range.count) { buffer, filled in
      try read(into: UnsafeMutableRawBufferPointer(buffer), at: range.lowerBound)
      filled = range.count
    }
  }

  /// The first bytes, at most `count`.
  /// - Throws: `FileError` when they cannot be read.
  func head(_ count: Int) throws -> [UInt8] { try bytes(0..<min(count, self.count)) }
}

/// A part of an archive in memory, which moves forward as the archive is read from start to end.
struct ArchiveWindow {
  private let file: ArchiveFile
  private let size: Int
  private var bytes: [UInt8] = []
  private var start = 0

  /// A window of at least `size` bytes.
  init(_ file: ArchiveFile, size: Int) { (self.file, self.size) = (file, size) }

  /// Calls `body` with `count` bytes from `offset` on.
  /// - Throws: `FileError` when they cannot be read, or are not there.
  mutating func withBytes<Result>(
    at offset: Int, count: Int, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) throws -> Result {
    if offset < start || offset + count > start + bytes.count {
      guard offset >= 0, count <= file.count - offset else { throw FileError(file.name, "ends too early") }
      bytes = try file.bytes(offset..<min(file.count, offset + max(size, count)))
      start = offset
    }
    return try bytes.withUnsafeBytes {
      try body(UnsafeRawBufferPointer(rebasing: $0[(offset - start)..<(offset - start + count)]))
    }
  }
}
