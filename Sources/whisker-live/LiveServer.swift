import Glibc
import WhiskerCore

/// An HTTP server for a single page, on loopback only.
///
/// One thread polls all connections. Their number, their requests and their time are limited, so that no client can exhaust
/// memory or block the server.
final class LiveServer {
  private let listener: Listener
  private let pages: RunPages
  /// In the order of their creation.
  private var connections: [Connection] = []
  private let limit: Int
  /// The time at which the server stops in any case; nil while standard input is open.
  private var end: ContinuousClock.Instant?
  /// The time until which no connection is accepted, after the system had no free descriptor.
  private var pause = ContinuousClock.now

  private static let mostConnections = 64
  /// Descriptors reserved for other uses.
  private static let reserve = 8
  /// The time for open pages to load the last state. The parent process waits two seconds.
  private static let grace = Duration.milliseconds(1500)

  /// Listens on a port of loopback; 0 is any free one.
  init(_ page: LivePage, port: UInt16) throws {
    listener = try Listener(port: port)
    pages = RunPages(page)
    var files = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &files)
    limit = max(1, Int(min(files.rlim_cur, 1 << 20)) - Self.reserve)
  }

  /// Prints the address on standard output, and serves until standard input ends.
  func run() -> Never {
    Self.write("http://127.0.0.1:\(listener.port)/\n", to: STDOUT_FILENO)
    while !isOver { serve() }
    exit(0)
  }

  private var isOver: Bool {
    guard let end else { return false }
    let isBusy = pages.hasUnseenChanges || connections.contains { $0.isWriting }
    return !isBusy || ContinuousClock.now >= end
  }

  /// Waits for events and handles them.
  private func serve() {
    let now = ContinuousClock.now
    connections.removeAll { $0.deadline <= now }
    var polled = connections.map { pollfd(fd: $0.descriptor, events: $0.events, revents: 0) }
    polled.append(pollfd(fd: now < pause ? -1 : listener.descriptor, events: Int16(POLLIN), revents: 0))
    polled.append(pollfd(fd: end == nil ? STDIN_FILENO : -1, events: Int16(POLLIN), revents: 0))
    guard poll(&polled, nfds_t(polled.count), timeout(now)) > 0 else { return }
    for (index, connection) in connections.enumerated().reversed() where polled[index].revents != 0 {
      if !connection.proceed(pages) { connections.remove(at: index) }
    }
    if polled[polled.count - 2].revents != 0 { accept() }
    if polled[polled.count - 1].revents != 0, isInputAtEnd { end = .now + Self.grace }
  }

  /// The time until the next deadline, in milliseconds.
  private func timeout(_ now: ContinuousClock.Instant) -> Int32 {
    // The last state of the page may be written at any time.
    if end != nil { return 20 }
    let due = connections.map(\.deadline) + (now < pause ? [pause] : [])
    guard let first = due.min() else { return -1 }
    return Int32(min(60_000, max(0, (first - now) / .milliseconds(1) + 1)))
  }

  private func accept() {
    guard let descriptor = listener.accept() else {
      guard [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(errno) else { return }
      // The new connection replaces the oldest one, or is accepted later.
      if !closeOldest() { pause = .now + .milliseconds(100) }
      return
    }
    connections.append(Connection(descriptor))
    if connections.count > min(limit, Self.mostConnections) { _ = closeOldest() }
  }

  /// Closes the connection that has been idle for the longest time, one without a response under way if there is any.
  /// - Returns: Whether there was one.
  private func closeOldest() -> Bool {
    let idle = connections.indices.filter { !connections[$0].isWriting }
    let candidates = idle.isEmpty ? Array(connections.indices) : idle
    guard let oldest = candidates.min(by: { connections[$0].lastUse < connections[$1].lastUse }) else {
      return false
    }
    connections.remove(at: oldest)
    return true
  }

  /// Whether the parent process has closed standard input, or has ended.
  private var isInputAtEnd: Bool {
    var bytes = [UInt8](repeating: 0, count: 256)
    let count = read(STDIN_FILENO, &bytes, bytes.count)
    return count == 0 || (count < 0 && ![EINTR, EAGAIN].contains(errno))
  }

  /// Prints an error and ends the process.
  static func fail(_ problem: String) -> Never {
    write("whisker: \(problem)\n", to: STDERR_FILENO)
    exit(1)
  }

  private static func write(_ text: String, to descriptor: Int32) {
    var text = text
    _ = text.withUTF8 { Glibc.write(descriptor, $0.baseAddress, $0.count) }
  }
}
