import Glibc

/// One connection: what has come of a request, and what is still to be sent.
final class Connection {
  private enum State {
    case reading
    case writing(keepsConnection: Bool)
    /// All is sent; what the client still sends is dropped, so that it gets to read the response.
    case draining
  }

  let descriptor: Int32
  /// When bytes last went either way.
  private(set) var lastUse = ContinuousClock.now
  private var state = State.reading
  private var input: [UInt8] = []
  /// How much of the input has been searched for the end of the head.
  private var searched = 0
  private var output: [UInt8] = []
  private var sent = 0

  private static let chunk = 16 << 10
  /// How long a connection is kept that is between two requests, or in the middle of one or of a response.
  private static let idleLimit = Duration.seconds(60)
  private static let busyLimit = Duration.seconds(10)
  private static let drainLimit = Duration.seconds(1)

  init(_ descriptor: Int32) { self.descriptor = descriptor }

  deinit { close(descriptor) }

  /// Whether a response is under way.
  var isWriting: Bool { if case .writing = state { true } else { false } }

  /// What to wait for.
  var events: Int16 { Int16(isWriting ? POLLOUT : POLLIN) }

  /// When it is closed if nothing arrives or leaves before.
  var deadline: ContinuousClock.Instant {
    switch state {
    case .reading: lastUse + (input.isEmpty ? Self.idleLimit : Self.busyLimit)
    case .writing: lastUse + Self.busyLimit
    case .draining: lastUse + Self.drainLimit
    }
  }

  /// Goes on where it was, once `poll` has reported something.
  /// - Returns: Whether the connection is still of use.
  func proceed(_ pages: RunPages) -> Bool {
    switch state {
    case .reading: receive(pages)
    case .writing: send(pages)
    case .draining: drain()
    }
  }

  private func receive(_ pages: RunPages) -> Bool {
    // One chunk at a time, so that no connection keeps the others waiting.
    let room = min(Self.chunk, Request.limit + 1 - input.count)
    var chunk = [UInt8](repeating: 0, count: room)
    let count = read(descriptor, &chunk, room)
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
      // A browser waits for each response. What others send ahead could keep all connections waiting.
      let keeps = request.keepsConnection && input.isEmpty
      searched = 0
      return start(pages.answer(request), isHead: request.method == "HEAD", keepsConnection: keeps, pages)
    } catch {
      return start(error, isHead: false, keepsConnection: false, pages)
    }
  }

  /// Where the empty line is that ends the head. Every byte is looked at once.
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
