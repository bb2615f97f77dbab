import Glibc
import WhiskerTensor

/// Shows a page on loopback, and nothing else to nobody else.
///
/// One thread waits for all connections at once. Their number, their requests and the time they take are limited, so
/// that nobody can make it large or keep it busy.
final class LiveServer {
  private let listener: Listener
  private let pages: RunPages
  /// In the order in which they were made.
  private var connections: [Connection] = []
  private let limit: Int
  /// When it ends whatever is under way; nil for as long as standard input is open.
  private var end: ContinuousClock.Instant?
  /// Until when no connection is accepted, after the system had no descriptor for one.
  private var pause = ContinuousClock.now

  private static let mostConnections = 64
  /// Descriptors that are needed for other things.
  private static let reserve = 8
  /// How long the end waits for an open page to show the last state: whoever started this process waits two seconds.
  private static let grace = Duration.milliseconds(1500)

  /// Listens on a port of loopback; 0 is any that is free.
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
    let isBusy = pages.isBehind || connections.contains { $0.isWriting }
    return !isBusy || ContinuousClock.now >= end
  }

  /// Waits until something happens, and does what is to be done.
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

  /// Milliseconds until something is due.
  private func timeout(_ now: ContinuousClock.Instant) -> Int32 {
    // The last state of the page may be written at any moment.
    if end != nil { return 20 }
    let due = connections.map(\.deadline) + (now < pause ? [pause] : [])
    guard let first = due.min() else { return -1 }
    return Int32(min(60_000, max(0, (first - now) / .milliseconds(1) + 1)))
  }

  private func accept() {
    guard let descriptor = listener.accept() else {
      guard [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(errno) else { return }
      // The one that waits is accepted in place of another, or later.
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

  /// Whether the process at the other end of standard input has closed it, or is no more.
  private var isInputAtEnd: Bool {
    var bytes = [UInt8](repeating: 0, count: 256)
    let count = read(STDIN_FILENO, &bytes, bytes.count)
    return count == 0 || (count < 0 && ![EINTR, EAGAIN].contains(errno))
  }

  /// Reports what went wrong, and ends the process.
  static func fail(_ problem: String) -> Never {
    write("whisker: \(problem)\n", to: STDERR_FILENO)
    exit(1)
  }

  private static func write(_ text: String, to descriptor: Int32) {
    var text = text
    _ = text.withUTF8 { Glibc.write(descriptor, $0.baseAddress, $0.count) }
  }
}
