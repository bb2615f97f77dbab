import NIOCore
import NIOHTTP1
import WhiskerCore
import WhiskerServing
import WhiskerTraining

/// A connection: it receives one request after the other and sends their responses. It lives on the server's event loop.
final class Connection: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private enum State {
    /// Between two requests.
    case idle
    /// Within the head of a request.
    case head
    case body(Upload)
    /// The reply is known, and the end of a request without a body is awaited.
    case replying(Reply)
    /// The pictures are in the queue.
    case predicting(PredictionJob)
    /// A response is being sent.
    case writing
    /// The last response is sent. Further input is discarded, so that the client can read the response before the close.
    case closing
  }

  private let server: Server
  private let isRefused: Bool
  private var channel: (any Channel)?
  private var state = State.idle
  /// The time after which the connection gives up waiting for the client.
  private(set) var deadline: NIODeadline?
  /// The time of the last change of state.
  private(set) var lastUse = NIODeadline.now()
  /// When the first byte of the request arrived.
  private var start = NIODeadline.now()
  private var head = HTTPRequestHead(version: .http1_1, method: .GET, uri: "/")
  /// The bytes of the request and the response in memory.
  private var buffered = 0
  /// The number of requests whose pictures were put into the queue.
  private var predictions = 0
  /// The bytes that arrived while a response was awaited.
  private var early = 0
  /// Whether the client has closed its end, so that no other request follows.
  private var inputIsClosed = false

  private static let idleLimit = TimeAmount.seconds(60)
  private static let headLimit = TimeAmount.seconds(10)
  private static let drainLimit = TimeAmount.seconds(1)
  /// The most bytes of pipelined requests that are kept until the response before them is sent. Reading stops before, and what
  /// the system still holds when a client closes its end is less.
  private static let earlyLimit = 256 << 10

  /// - Parameter isRefused: Whether there are too many connections.
  init(_ server: Server, isRefused: Bool) { (self.server, self.isRefused) = (server, isRefused) }

  // MARK: Lifetime

  func handlerAdded(context: ChannelHandlerContext) { channel = context.channel }

  func channelActive(context: ChannelHandlerContext) {
    enter(.idle, within: min(Self.idleLimit, server.timeLimit))
    if isRefused {
      server.requests += 1
      reply(.busy("There are too many connections. Try again."), closes: true)
    }
    context.fireChannelActive()
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    channel = nil
    // A connection can end before it is active.
    server.remove(self)
  }

  func channelInactive(context: ChannelHandlerContext) {
    if case .predicting(let job) = state { server.queue.cancel(job) }
    release()
    if hasRequest { server.requests -= 1 }
    state = .closing
    channel = nil
    server.remove(self)
    context.fireChannelInactive()
  }

  /// Whether the client has sent no complete head.
  var hasNoRequest: Bool {
    switch state {
    case .idle, .head: true
    case .body, .replying, .predicting, .writing, .closing: false
    }
  }

  /// Whether the connection can be closed in favour of another one.
  var isReplaceable: Bool { if case .closing = state { true } else { hasNoRequest } }

  func close() { channel?.close(promise: nil) }

  /// Called when the deadline has passed.
  func expire() {
    switch state {
    case .body: reply(.error(.requestTimeout, "The request took too long to arrive."), closes: true)
    case .predicting(let job):
      server.queue.cancel(job)
      reply(.busy("The answer took too long. Try again."), closes: false)
    default: close()
    }
  }

  // MARK: Requests

  /// Called before the bytes are parsed.
  func received(_ count: Int) {
    switch state {
    case .idle:
      start = .now()
      enter(.head, within: min(Self.headLimit, server.timeLimit))
    case .predicting, .writing:
      early += count
      if early > Self.earlyLimit { close() }
    case .closing:
      // A client that still sends has not read the response yet.
      deadline = min(.now() + Self.drainLimit, lastUse + server.timeLimit)
    case .head, .body, .replying: break
    }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch (unwrapInboundIn(data), state) {
    case (.head(let head), .idle), (.head(let head), .head): begin(head)
    case (.body(let bytes), .body(let upload)): add(bytes, to: upload)
    case (.end, .body(let upload)): predict(upload)
    case (.end, .replying(let reply)): self.reply(reply, closes: false)
    default: break
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard let problem = error as? HTTPParserError else {
      // After malformed input, the parser reports all further input, and the response is still being sent.
      if !(error is ByteToMessageDecoderError) { close() }
      return
    }
    switch state {
    case .idle, .head, .body, .replying:
      if !hasRequest { server.requests += 1 }
      head = HTTPRequestHead(version: .http1_1, method: .GET, uri: "/")
      reply(.refusal(problem), closes: true)
    // Errors of later requests come after the response.
    case .predicting, .writing, .closing: break
    }
  }

  /// Called when the client has closed its end, after what it sent before. It may still await the response.
  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if event as? ChannelEvent == .inputClosed {
      inputIsClosed = true
      if hasNoRequest { close() }
    }
    context.fireUserInboundEventTriggered(event)
  }

  private func begin(_ head: HTTPRequestHead) {
    self.head = head
    server.requests += 1
    switch server.answer(to: head) {
    case .reply(let reply):
      // A body that follows is not read.
      if head.hasBody { self.reply(reply, closes: true) } else { enter(.replying(reply), within: nil) }
    case .upload(let upload):
      enter(.body(upload), until: start + server.timeLimit)
      guard head.version == .http1_1,
        head.headers["expect"].contains(where: { $0.lowercased() == "100-continue" })
      else { return }
      let proceed = HTTPResponseHead(version: head.version, status: .continue)
      channel?.writeAndFlush(HTTPServerResponsePart.head(proceed), promise: nil)
    }
  }

  private func add(_ bytes: ByteBuffer, to upload: Upload) {
    guard server.reserve(bytes.readableBytes, of: upload) else {
      return reply(.busy("The server is busy. Try again."), closes: true)
    }
    buffered += bytes.readableBytes
    do throws(Reply) {
      try upload.add(bytes)
    } catch {
      reply(error, closes: true)
    }
  }

  private func predict(_ upload: Upload) {
    do throws(Reply) {
      let pictures = try upload.pictures()
      let loop = server.loop
      predictions += 1
      let number = predictions
      let (options, isList) = (upload.options, upload.isMultipart)
      let connection = NIOLoopBound(self, eventLoop: loop)
      let job = PredictionJob(pictures) { result in
        let answer = PredictionAnswer(result, options, isList: isList)
        loop.execute { connection.value.finish(answer, of: number) }
      }
      guard server.queue.add(job) else { throw .busy("The queue is full. Try again.") }
      enter(.predicting(job), within: server.timeLimit)
    } catch {
      reply(error, closes: false)
    }
  }

  /// - Parameter number: The number of the request, which may have been given up.
  private func finish(_ answer: PredictionAnswer, of number: Int) {
    guard case .predicting = state, number == predictions else { return }
    server.countPrediction(answer, since: start)
    reply(answer.reply, closes: false)
  }

  // MARK: Responses

  /// Sends a response.
  /// - Parameter closes: Whether the connection is closed after it, because the rest of the request is not read.
  private func reply(_ reply: Reply, closes: Bool) {
    guard let channel else { return }
    // The parser reads nothing after them.
    let isUpgrade = head.method == .CONNECT || !head.headers["upgrade"].isEmpty
    let keeps = !closes && head.isKeepAlive && !isUpgrade && !inputIsClosed && !server.isStopping
    enter(.writing, within: server.timeLimit)
    release()
    let length = head.method == .HEAD ? 0 : reply.body.utf8.count
    buffered = length
    server.bufferedBytes += length
    server.countResponse(reply)
    let response = HTTPResponseHead(
      version: .http1_1, status: reply.status, headers: reply.headers(keepsConnection: keeps))
    let body: ByteBuffer = length == 0 ? ByteBuffer() : ByteBuffer(string: reply.body)
    let connection = NIOLoopBound(self, eventLoop: server.loop)
    channel.write(HTTPServerResponsePart.head(response), promise: nil)
    // The end, which has no bytes, follows when the client has taken the response: a pipelined request is not read before.
    channel.writeAndFlush(HTTPServerResponsePart.body(.byteBuffer(body))).whenComplete { result in
      connection.value.sent(result, keeps: keeps)
    }
  }

  private func sent(_ result: Result<Void, any Error>, keeps: Bool) {
    guard let channel, case .writing = state else { return }
    release()
    server.requests -= 1
    early = 0
    guard case .success = result, keeps, !inputIsClosed, !server.isStopping else {
      enter(.closing, within: Self.drainLimit)
      channel.close(mode: .output, promise: nil)
      return
    }
    enter(.idle, within: min(Self.idleLimit, server.timeLimit))
    start = .now()
    // Not from here: a pipelined request would be answered within this call, the next one within that, and so on.
    let connection = NIOLoopBound(self, eventLoop: server.loop)
    server.loop.execute { connection.value.channel?.write(HTTPServerResponsePart.end(nil), promise: nil) }
  }

  private func release() {
    server.bufferedBytes -= buffered
    buffered = 0
  }

  /// Whether the connection counts as a request.
  private var hasRequest: Bool {
    switch state {
    case .body, .replying, .predicting, .writing: true
    case .idle, .head, .closing: false
    }
  }

  private func enter(_ state: State, within limit: TimeAmount?) {
    enter(state, until: limit.map { .now() + $0 })
  }

  private func enter(_ state: State, until deadline: NIODeadline?) {
    (self.state, self.deadline) = (state, deadline)
    lastUse = .now()
  }
}

/// Reports the bytes of a connection before they are parsed.
final class ArrivalHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  private let connection: Connection

  init(_ connection: Connection) { self.connection = connection }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    connection.received(unwrapInboundIn(data).readableBytes)
    context.fireChannelRead(data)
  }
}
