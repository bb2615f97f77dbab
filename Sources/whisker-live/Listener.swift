import Glibc

/// A socket that accepts connections on loopback.
struct Listener {
  let descriptor: Int32
  /// The port.
  let port: UInt16

  struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ code: Int32, port: UInt16) {
      description =
        switch code {
        case EADDRINUSE:
          "port \(port) of 127.0.0.1 is in use: choose another one, or omit it for any free port"
        case EACCES:
          "port \(port) of 127.0.0.1 needs privileges: choose one from 1024 to 65535, or omit it"
        default: "cannot listen on port \(port) of 127.0.0.1: \(String(cString: strerror(code)))"
        }
    }
  }

  /// Listens on a port of 127.0.0.1; 0 is any free one.
  init(port: UInt16) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
    guard descriptor >= 0 else { throw Failure(errno, port: port) }
    // Allows to listen again on a port that was just closed.
    var isReusable: Int32 = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &isReusable, socklen_t(MemoryLayout<Int32>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let (socket, length) = (descriptor, size)
    let isBound = Self.withGenericAddress(&address) {
      bind(socket, $0, length) == 0 && listen(socket, 64) == 0
    }
    guard isBound, Self.withGenericAddress(&address, { getsockname(socket, $0, &size) == 0 }) else {
      throw Failure(errno, port: port)
    }
    self.port = UInt16(bigEndian: address.sin_port)
  }

  /// The next connection; nil if there is none, with the reason in `errno`.
  func accept() -> Int32? {
    let connection = Glibc.accept(descriptor, nil, nil)
    guard connection >= 0 else { return nil }
    _ = fcntl(connection, F_SETFL, O_NONBLOCK)
    return connection
  }

  private static func withGenericAddress<Result>(
    _ address: inout sockaddr_in, _ body: (UnsafeMutablePointer<sockaddr>) -> Result
  ) -> Result {
    withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1, body)
    }
  }
}
