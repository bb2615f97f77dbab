import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import WhiskerServing
import WhiskerTraining

/// The HTTP server. One event loop serves all connections; everything here but `start` and `stop` belongs to it.
final class Server: @unchecked Sendable {
  let loop: any EventLoop
  let queue: PredictionQueue
  let timeLimit: TimeAmount
  /// The number of requests that are being received, computed or answered.
  var requests = 0
  /// The bytes of requests and responses in memory.
  var bufferedBytes = 0
  private(set) var isStopping = false

  private let settings: ServerSettings
  private let routes: Routes
  private var metrics = ServerMetrics()
  private var connections: [ObjectIdentifier: Connection] = [:]
  private var listener: (any Channel)?
  private let connectionLimit: Int
  private let byteLimit: Int

  /// Requests of the greatest size that fit in memory at the same time.
  private static let largestRequests = 8
  /// Descriptors for other uses.
  private static let descriptorReserve = 24
  /// Connections above the limit that are being told so.
  private static let refusalLimit = 8
  /// Bytes of a connection that are read at a time.
  private static let readSize = 64 << 10
  /// Half of the bytes that the system keeps for a connection until they are read: Linux doubles it.
  private static let socketBuffer = 96 << 10
  /// Bytes of small requests, and of the start of others, for which large ones leave room.
  private static let smallRequest = 1 << 20
  private static let smallRequests = 64 << 20
  private static let sweepInterval = TimeAmount.milliseconds(250)

  init(_ model: Model, _ queue: PredictionQueue, _ settings: ServerSettings) {
    loop = MultiThreadedEventLoopGroup(numberOfThreads: 1).next()
    (self.queue, self.settings) = (queue, settings)
    routes = Routes(model, settings)
    timeLimit = .seconds(Int64(settings.limits.seconds))
    connectionLimit = max(
      1, min(settings.limits.connections, Self.raiseDescriptorLimit() - Self.descriptorReserve))
    byteLimit = settings.limits.body * Self.largestRequests
  }

  /// Raises the number of descriptors of this process as far as it may.
  /// - Returns: The number.
  private static func raiseDescriptorLimit() -> Int {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
    var raised = limit
    raised.rlim_cur = raised.rlim_max
    if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &raised) == 0 { limit = raised }
    return Int(clamping: limit.rlim_cur)
  }

  /// Listens.
  /// - Returns: The port.
  func start() throws -> UInt16 {
    let bootstrap = ServerBootstrap(group: loop)
      .serverChannelOption(.backlog, value: 256)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      // Connections inherit it. All that the system holds of a connection is read at once when the client closes its end.
      .serverChannelOption(.socketOption(.so_rcvbuf), value: Self.socketBuffer)
      .serverChannelInitializer { channel in
        // Without free descriptors, accepting would fail again at once.
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(
            AcceptBackoffHandler(shouldForwardIOErrorCaught: false) { _ in .milliseconds(100) })
        }
      }
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      // A client that has sent all it wants may close its end and still await the answer.
      .childChannelOption(.allowRemoteHalfClosure, value: true)
      // One read at a time, so that a connection holds little that was not asked for.
      .childChannelOption(.maxMessagesPerRead, value: 1)
      .childChannelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: Self.readSize))
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try self.accept(channel) }
      }
    let address = try SocketAddress(ipAddress: settings.host, port: Int(settings.port))
    let listener = try bootstrap.bind(to: address).wait()
    listener.closeFuture.whenComplete { _ in
      if !self.isStopping { Output.fail("the system closed the socket that accepts connections") }
    }
    loop.execute {
      self.listener = listener
      self.loop.scheduleRepeatedTask(initialDelay: Self.sweepInterval, delay: Self.sweepInterval) { _ in
        self.sweep()
      }
    }
    return UInt16(listener.localAddress?.port ?? 0)
  }

  /// Stops accepting connections, and calls `completion` on the event loop when all responses are sent.
  func stop(_ completion: @escaping @Sendable () -> Void) {
    loop.execute {
      self.isStopping = true
      self.listener?.close(promise: nil)
      for connection in self.connections.values where connection.hasNoRequest { connection.close() }
      self.loop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(10)) { task in
        guard self.connections.isEmpty else { return }
        task.cancel()
        completion()
      }
    }
  }

  // MARK: Connections

  private func accept(_ channel: any Channel) throws {
    let isRefused = connections.count >= connectionLimit && !closeReplaceable()
    guard connections.count < connectionLimit + Self.refusalLimit else {
      throw ChannelError.ioOnClosedChannel
    }
    let connection = Connection(self, isRefused: isRefused)
    var limits = NIOHTTPDecoderLimitConfiguration()
    (limits.maxHeaderFieldSize, limits.maxHeaderListSize, limits.maxHeaderFieldCount) = (
      8 << 10, 16 << 10, 100
    )
    var encoding = HTTPResponseEncoder.Configuration()
    encoding.automaticallySetFramingHeaders = false
    let pipeline = channel.pipeline.syncOperations
    try pipeline.addHandlers([
      ArrivalHandler(connection), HTTPResponseEncoder(configuration: encoding),
      ByteToMessageHandler(
        HTTPRequestDecoder(limitConfiguration: limits), maximumBufferSize: 2 * Self.readSize),
      HTTPServerPipelineHandler(), connection,
    ])
    connections[ObjectIdentifier(connection)] = connection
  }

  /// Closes the connection that has been without a request for the longest time.
  private func closeReplaceable() -> Bool {
    let candidates = connections.values.filter(\.isReplaceable)
    guard let oldest = candidates.min(by: { $0.lastUse < $1.lastUse }) else { return false }
    connections[ObjectIdentifier(oldest)] = nil
    oldest.close()
    return true
  }

  func remove(_ connection: Connection) { connections[ObjectIdentifier(connection)] = nil }

  /// Gives up waiting where a client is too slow.
  private func sweep() {
    let now = NIODeadline.now()
    for connection in connections.values where connection.deadline.map({ $0 < now }) ?? false {
      connection.expire()
    }
  }

  // MARK: Requests

  /// Counts bytes that arrived.
  /// - Returns: Whether there is room for them.
  func reserve(_ count: Int, of upload: Upload) -> Bool {
    let isSmall = upload.count + count <= Self.smallRequest
    guard bufferedBytes + count <= byteLimit + (isSmall ? Self.smallRequests : 0) else { return false }
    bufferedBytes += count
    return true
  }

  func answer(to head: HTTPRequestHead) -> Routes.Answer {
    routes.answer(to: head) {
      metrics.text(
        .init(
          connections: connections.count, requests: requests, pictures: queue.pending, bytes: bufferedBytes))
    }
  }

  func countResponse(_ reply: Reply) { metrics.countResponse(Int(reply.status.code)) }

  func countPrediction(_ answer: PredictionAnswer, since start: NIODeadline) {
    metrics.countPrediction(
      predicted: answer.predicted, unreadable: answer.unreadable,
      seconds: Double((NIODeadline.now() - start).nanoseconds) / 1e9)
  }
}
