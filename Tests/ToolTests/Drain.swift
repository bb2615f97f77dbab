import Foundation

/// What comes out of a descriptor, read on a thread of its own so that the writer never waits.
final class Drain: @unchecked Sendable {
  private let lock = NSLock()
  private var bytes: [UInt8] = []
  private var begun: ContinuousClock.Instant?
  private var ended = false

  /// Reads what is written into a pipe. Foundation keeps a process's pipes open for as long as the tests run, so their end is
  /// taken from it.
  convenience init(_ pipe: Pipe) throws {
    let descriptor = dup(pipe.fileHandleForReading.fileDescriptor)
    try pipe.fileHandleForReading.close()
    self.init(descriptor)
  }

  /// Reads until the other side is closed. Takes the descriptor over.
  init(_ descriptor: Int32) {
    Thread.detachNewThread { [self] in
      var buffer = [UInt8](repeating: 0, count: 1 << 16)
      while true {
        let count = read(descriptor, &buffer, buffer.count)
        if count < 0 && errno == EINTR { continue }
        // A terminal whose last user has left answers with an error rather than an end.
        guard count > 0 else { break }
        note(buffer.prefix(count))
      }
      close(descriptor)
      lock.withLock { ended = true }
    }
  }

  /// Everything so far.
  var text: String { lock.withLock { String(decoding: bytes, as: UTF8.self) } }

  /// When the first byte came.
  var firstByte: ContinuousClock.Instant? { lock.withLock { begun } }

  var isAtEnd: Bool { lock.withLock { ended } }

  private func note(_ read: ArraySlice<UInt8>) {
    lock.withLock {
      if begun == nil { begun = .now }
      bytes += read
    }
  }
}
