import Foundation
import Glibc

/// A static HTTP/1.1 server on 127.0.0.1 that can misbehave on demand.
///
/// Mutable state is touched only under `lock`, hence `@unchecked Sendable`.
final class LoopbackServer: @unchecked Sendable {
  struct Behavior: Sendable {
    /// Answers a Range request with the whole file and status 200.
    var ignoresRange = false
    /// Closes every connection after this many bytes of the body.
    var cutAfter: Int?
    /// Answers every request with a web page and status 200.
    var servesPage = false
    /// Sends 8 KiB, then pauses this long, and so on.
    var dripMicroseconds: UInt32 = 0
  }

  struct Request: Equatable, Sendable {
    var path: String
    /// The first byte asked for, when the request had a `Range` header.
    var rangeStart: Int?
  }

  struct Failure: Error {
    var call: String
    var code = errno
  }

  static let page = Array("<!DOCTYPE html>\n<html><body>Please log in.</body></html>\n".utf8)

  let port: UInt16
  var url: String { "http://127.0.0.1:\(port)" }

  private let listener: Int32
  private let files: [String: [UInt8]]
  private let lock = NSLock()
  private var currentBehavior: Behavior
  private var log: [Request] = []
  private var isStopped = false

  /// Serves `files`, by name, until `stop()`.
  init(_ files: [String: [UInt8]], _ behavior: Behavior = Behavior()) throws {
    self.files = files
    currentBehavior = behavior
    // Close-on-exec: a script started meanwhile must not keep a connection open that the server closed.
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard listener >= 0 else { throw Failure(call: "socket") }
    port = try Self.bindToFreePort(listener)
    guard listen(listener, 64) == 0 else { throw Failure(call: "listen") }
    Thread.detachNewThread { [self] in acceptLoop() }
  }

  var behavior: Behavior {
    get { lock.withLock { currentBehavior } }
    set { lock.withLock { currentBehavior = newValue } }
  }

  var requests: [Request] { lock.withLock { log } }

  /// Ends the accepting thread, which then closes the socket. A second call does nothing: the number of the closed
  /// socket may by then be another server's.
  func stop() {
    lock.withLock {
      guard !isStopped else { return }
      isStopped = true
      shutdown(listener, Int32(SHUT_RDWR))
    }
  }

  private static func bindToFreePort(_ socket: Int32) throws -> UInt16 {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let code = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(socket, $0, size) == 0 ? getsockname(socket, $0, &size) : -1
      }
    }
    guard code == 0 else { throw Failure(call: "bind") }
    return UInt16(bigEndian: address.sin_port)
  }

  private func acceptLoop() {
    while true {
      let connection = uninterrupted { accept(listener, nil, nil) }
      guard connection >= 0 else {
        // A client may disconnect before it is accepted.
        if errno == ECONNABORTED { continue }
        break
      }
      _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
      Thread.detachNewThread { [self] in
        answer(connection)
        close(connection)
      }
    }
    close(listener)
  }

  private func answer(_ connection: Int32) {
    guard let request = Self.readRequest(connection) else { return }
    lock.withLock { log.append(request) }
    let behavior = self.behavior
    if behavior.servesPage {
      return Self.send(connection, head: "200 OK", type: "text/html", body: Self.page[...], behavior)
    }
    guard let file = files[request.path] else {
      return Self.send(connection, head: "404 Not Found", body: [], behavior)
    }
    guard let start = request.rangeStart, !behavior.ignoresRange else {
      return Self.send(connection, head: "200 OK", body: file[...], behavior)
    }
    guard start < file.count else {
      let head = "416 Range Not Satisfiable\r\nContent-Range: bytes */\(file.count)"
      return Self.send(connection, head: head, body: [], behavior)
    }
    let head = "206 Partial Content\r\nContent-Range: bytes \(start)-\(file.count - 1)/\(file.count)"
    Self.send(connection, head: head, body: file[start...], behavior)
  }

  /// Reads up to the empty line; the requests of interest have no body.
  private static func readRequest(_ connection: Int32) -> Request? {
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while !text.suffix(4).elementsEqual("\r\n\r\n".utf8) {
      let count = uninterrupted { recv(connection, &buffer, buffer.count, 0) }
      guard count > 0, text.count < 65536 else { return nil }
      text += buffer[..<count]
    }
    let lines = String(decoding: text, as: UTF8.self).components(separatedBy: "\r\n")
    let words = lines[0].split(separator: " ")
    guard words.count == 3 else { return nil }
    let range = lines.first { $0.lowercased().hasPrefix("range: bytes=") }
    let start = range.flatMap { Int($0.dropFirst("range: bytes=".count).prefix { $0.isNumber }) }
    return Request(path: String(words[1].dropFirst()), rangeStart: start)
  }

  private static func send(
    _ connection: Int32, head: String, type: String = "application/octet-stream", body: ArraySlice<UInt8>,
    _ behavior: Behavior
  ) {
    let headers = "HTTP/1.1 \(head)\r\nContent-Type: \(type)\r\nContent-Length: \(body.count)\r\n"
    guard sendAll(connection, Array((headers + "Connection: close\r\n\r\n").utf8)[...]) else { return }
    var rest = body.prefix(behavior.cutAfter ?? body.count)
    let step = behavior.dripMicroseconds > 0 ? 8192 : max(rest.count, 1)
    while !rest.isEmpty, sendAll(connection, rest.prefix(step)) {
      rest = rest.dropFirst(step)
      if behavior.dripMicroseconds > 0 { usleep(behavior.dripMicroseconds) }
    }
    shutdown(connection, Int32(SHUT_WR))
  }

  private static func sendAll(_ connection: Int32, _ bytes: ArraySlice<UInt8>) -> Bool {
    bytes.withUnsafeBytes { buffer in
      var sent = 0
      while sent < buffer.count {
        // No SIGPIPE when the client is gone, which would end the test process.
        let rest = UnsafeRawBufferPointer(rebasing: buffer[sent...])
        let count = uninterrupted {
          Glibc.send(connection, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
        }
        guard count > 0 else { return false }
        sent += count
      }
      return true
    }
  }
}

/// Repeats a system call while a signal interrupts it, such as the SIGCHLD of every script.
private func uninterrupted<Number: BinaryInteger>(_ call: () -> Number) -> Number {
  while true {
    let result = call()
    if result == -1 && errno == EINTR { continue }
    return result
  }
}
