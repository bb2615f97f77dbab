import Glibc

/// A temporary byte buffer on disk, in an unnamed file that disappears with the process.
package final class SpoolFile {
  private let folder: String
  private let descriptor: Int32
  private var buffer: [UInt8] = []
  /// The number of bytes appended so far.
  package private(set) var count = 0

  private static let bufferSize = 1 << 16

  /// A spool on the file system of `folder`.
  /// - Throws: `FileError` when the folder is not writable.
  package init(in folder: String) throws {
    self.folder = folder
    let unnamed = openUnnamed(in: folder, O_RDWR)
    guard unnamed < 0 else {
      descriptor = unnamed
      return
    }
    var template = (pathBytes("\(folder)/.whisker-XXXXXX") + [0]).map { CChar(truncatingIfNeeded: $0) }
    descriptor = mkstemp(&template)
    guard descriptor >= 0 else { throw FileError(folder, systemError: errno, doing: "cannot be written") }
    unlink(template)
  }

  deinit { close(descriptor) }

  /// Appends bytes.
  /// - Throws: `FileError`, for example when the disk is full.
  package func append(_ bytes: some Sequence<UInt8>) throws {
    let before = buffer.count
    buffer.append(contentsOf: bytes)
    count += buffer.count - before
    if buffer.count >= Self.bufferSize { try flush() }
  }

  /// Calls `body` with successive chunks of all appended bytes.
  /// - Throws: `FileError` when they cannot be read back; any error of `body`.
  package func drain(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    try flush()
    var chunk = [UInt8](repeating: 0, count: Self.bufferSize)
    var offset = 0
    while offset < count {
      let got = retryingInterrupts { pread(descriptor, &chunk, chunk.count, offset) }
      guard got > 0 else { throw FileError(folder, systemError: errno, doing: "cannot be read back") }
      try chunk.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[..<got])) }
      offset += got
    }
  }

  /// A descriptor of the file with all appended bytes, to be closed by the caller.
  /// - Throws: `FileError` when the rest cannot be written.
  package func readingDescriptor() throws -> Int32 {
    try flush()
    let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
    guard copy >= 0 else { throw FileError(folder, systemError: errno, doing: "cannot be read back") }
    return copy
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
