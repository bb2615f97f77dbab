import Glibc

/// Bytes put aside on disk, in a file without a name that is gone when the process is.
package final class SpoolFile {
  private let folder: String
  private let descriptor: Int32
  private var buffer: [UInt8] = []
  /// The bytes put aside so far.
  package private(set) var count = 0

  private static let bufferSize = 1 << 16

  /// A spool on the disk of `folder`.
  /// - Throws: `FileError` when the folder cannot be written.
  package init(in folder: String) throws {
    self.folder = folder
    let unnamed = openUnnamed(in: folder, O_RDWR)
    guard unnamed < 0 else {
      descriptor = unnamed
      return
    }
    var template = (pathBytes("\(folder)/.whisker-XXXXXX") + [0]).map { CChar(bitPattern: $0) }
    descriptor = mkstemp(&template)
    guard descriptor >= 0 else { throw FileError(folder, systemError: errno, doing: "cannot be written") }
    unlink(template)
  }

  deinit { close(descriptor) }

  /// Puts bytes behind those that are there.
  /// - Throws: `FileError`, for a full disk among other things.
  package func append(_ bytes: some Sequence<UInt8>) throws {
    let before = buffer.count
    buffer.append(contentsOf: bytes)
    count += buffer.count - before
    if buffer.count >= Self.bufferSize { try flush() }
  }

  /// Hands out everything that was put aside, from the start, a piece at a time.
  /// - Throws: `FileError` when it cannot be read back, and what `body` throws.
  package func drain(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    try flush()
    var piece = [UInt8](repeating: 0, count: Self.bufferSize)
    var offset = 0
    while offset < count {
      let got = retryingInterrupts { pread(descriptor, &piece, piece.count, offset) }
      guard got > 0 else { throw FileError(folder, systemError: errno, doing: "gives nothing back") }
      try piece.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[..<got])) }
      offset += got
    }
  }

  private func flush() throws {
    var rest = buffer[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { bytes in
        retryingInterrupts { write(descriptor, bytes.baseAddress, bytes.count) }
      }
      guard written > 0 else { throw FileError(folder, systemError: errno, doing: "cannot be written") }
      rest = rest.dropFirst(written)
    }
    buffer.removeAll(keepingCapacity: true)
  }
}
