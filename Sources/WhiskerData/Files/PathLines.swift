import Glibc
import WhiskerCore

/// Paths that are read from a descriptor as soon as they arrive.
final class PathLines {
  private let descriptor: Int32
  private let name: String
  private let separator: UInt8
  private var buffer: [UInt8] = []
  /// The length of the paths at the start of the buffer that have been returned.
  private var position = 0
  private var isAtEnd = false

  /// Longer than any path that the system opens: whatever arrives is no path.
  private static let lengthLimit = 1 << 16
  /// How often `waits` is called while no path arrives, in milliseconds.
  private static let interval: Int32 = 100

  /// Reads paths that each end with `separator`; it may be missing after the last one.
  init(_ descriptor: Int32, name: String, separator: UInt8) {
    (self.descriptor, self.name, self.separator) = (descriptor, name, separator)
  }

  /// The result of reading the next path.
  enum Found {
    case path([UInt8])
    /// None yet; more may come.
    case nothing
    case end
  }

  /// The next path that is not empty.
  /// - Parameter waits: Whether to wait until there is one, or the end; asked again while none arrives.
  /// - Throws: `FileError` when the descriptor cannot be read, or a path is too long.
  func next(waits: @autoclosure () -> Bool) throws -> Found {
    while true {
      if let path = take() {
        if path.isEmpty { continue }
        return .path(path)
      }
      guard !isAtEnd else { return .end }
      var isWaiting = waits()
      while !isReady(within: isWaiting ? Self.interval : 0) {
        guard isWaiting else { return .nothing }
        isWaiting = waits()
      }
      try read()
    }
  }

  private func take() -> [UInt8]? {
    guard let end = buffer[position...].firstIndex(of: separator) else {
      guard isAtEnd, position < buffer.count else { return nil }
      defer { position = buffer.count }
      return Array(buffer[position...])
    }
    defer { position = end + 1 }
    return Array(buffer[position..<end])
  }

  /// - Parameter time: How long to wait, in milliseconds.
  private func isReady(within time: Int32) -> Bool {
    var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return retryingInterrupts { poll(&request, 1, time) } != 0
  }

  private func read() throws {
    buffer.removeFirst(position)
    position = 0
    guard buffer.count < Self.lengthLimit else {
      throw FileError(
        name, "holds a path of more than \(Self.lengthLimit) bytes",
        advice: "Paths end with a line feed, or with a zero byte if \(.usesNullSeparators) is set")
    }
    var block = [UInt8](repeating: 0, count: Self.lengthLimit)
    let count = retryingInterrupts { Glibc.read(descriptor, &block, block.count) }
    guard count >= 0 else { throw FileError(name, systemError: errno, doing: "cannot be read") }
    buffer += block[..<count]
    isAtEnd = count == 0
  }
}
