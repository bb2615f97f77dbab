import Glibc

/// A connection: the received part of a request, and the unsent part of a response.
final class Connection {
  private enum State {
    case reading
    case writing(keepsConnection: Bool)
    /// The response is sent. Further input is discarded, so that the client can read the response before the close.
    case draining
  }

  let descriptor: Int32
  /// The time of the last transfer in either direction.
  private(set) var lastUse = ContinuousClock.now
  private var state = State.reading
  private var input: [UInt8] = []
  /// The length of the input that was searched for the end of the head.
  private var searched = 0
  private var output: [UInt8] = []
  private var sent = 0

  private static let chunk = 16 << 10
  /// The time limits between two requests, and within a request or response.
  private static let idleLimit = Duration.seconds(60)
  private static let busyLimit = Duration.seconds(10)
  private static let drainLimit = Duration.seconds(1)

  init(_ descriptor: Int32) { self.descriptor = descriptor }

  deinit { close(descriptor) }

  /// Whether a response is being sent.
  var isWriting: Bool { if case .writing = state { true } else { false } }

  /// The events to poll for.
  var events: Int16 { Int16(isWriting ? POLLOUT : POLLIN) }

  /// The time at which an idle connection is closed.
  var deadline: ContinuousClock.Instant {
    switch state {
    case .reading: lastUse + (input.isEmpty ? Self.idleLimit : Self.busyLimit)
    case .writing: lastUse + Self.busyLimit
    case .draining: lastUse + Self.drainLimit
    }
  }

  /// Continues after `poll` has reported an event.
  /// - Returns: False if the connection is finished.
  func proceed(_ pages: RunPages) -> Bool {
    switch state {
    case .reading: receive(pages)
    case .writing: send(pages)
    case .draining: drain()
    }
  }

  private func receive(_ pages: RunPages) -> Bool {
    // One chunk at a time, so that no connection blocks the others.
    let limit = min(Self.chunk, Request.limit + 1 - input.count)
    var chunk = [UInt8](repeating: 0, count: limit)
    let count = read(descriptor, &chunk, limit)
    guard count > 0 else { return count < 0 && [EAGAIN, EINTR].contains(errno) }
    if input.isEmpty { lastUse = .now }
    input += chunk.prefix(count)
    return respond(pages)
  }

  /// Answers the request once its head is complete.
  private func respond(_ pages: RunPages) -> Bool {
    guard let end = headEnd() else {
      return input.count <= Request.limit || start(.tooLarge, isHead: false, keepsConnection: false, pages)
    }
    do throws(Response) {
      let request = try Request(input[..<end.lowerBound])
      input.removeSubrange(..<end.upperBound)
      // A browser waits for each response. Pipelined requests could block all other connections.
      let keeps = request.keepsConnection && input.isEmpty
      searched = 0
      return start(
        pages.response(to: request), isHead: request.method == "HEAD", keepsConnection: keeps, pages)
    } catch {
      return start(error, isHead: false, keepsConnection: false, pages)
    }
  }

  /// The empty line that ends the head. Every byte is examined once.
  private func headEnd() -> Range<Int>? {
    let newline = UInt8(ascii: "\n")
    while searched < input.count {
      let place = searched
      searched += 1
      guard input[place] == newline, place > 0 else { continue }
      if input[place - 1] == newline { return place - 1..<place + 1 }
      if place > 1, input[place - 1] == UInt8(ascii: "\r"), input[place - 2] == newline {
        return place - 2..<place + 1
      }
    }
    return nil
  }

  private func start(_ response: Response, isHead: Bool, keepsConnection: Bool, _ pages: RunPages) -> Bool {
    output = response.bytes(isHead: isHead, keepsConnection: keepsConnection)
    (sent, state) = (0, .writing(keepsConnection: keepsConnection))
    return send(pages)
  }

  private func send(_ pages: RunPages) -> Bool {
    let count = output.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress! + sent, $0.count - sent, 0) }
    guard count >= 0 else { return [EAGAIN, EINTR].contains(errno) }
    sent += count
    lastUse = .now
    guard sent == output.count, case .writing(let keepsConnection) = state else { return true }
    output = []
    guard keepsConnection else {
      shutdown(descriptor, Int32(SHUT_WR))
      state = .draining
      return true
    }
    state = .reading
    return true
  }

  private func drain() -> Bool {
    var chunk = [UInt8](repeating: 0, count: Self.chunk)
    let count = read(descriptor, &chunk, chunk.count)
    return count > 0 || (count < 0 && [EAGAIN, EINTR].contains(errno))
  }
}
