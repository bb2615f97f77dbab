import FlyingFox
import FlyingSocks
import Foundation
import WhiskerTensor

/// Shows a page on loopback, and nothing else to nobody else.
struct LiveServer {
  private let page: LivePage

  init(page: LivePage) { self.page = page }

  /// Tells the address on standard output, and serves until standard input ends.
  func run(port: UInt16) async -> Never {
    let viewers = Viewers()
    guard let address = try? sockaddr_in.inet(ip4: "127.0.0.1", port: port) else {
      Self.fail("there is no loopback")
    }
    let server = HTTPServer(
      address: address, logger: .disabled, handler: RunPages(page: page, viewers: viewers))
    Task {
      do { try await server.run() } catch { Self.fail(Self.words(error, port)) }
    }
    do { try await server.waitUntilListening() } catch { Self.fail(Self.words(error, port)) }
    guard case .ip4(_, let chosen)? = await server.listeningAddress else {
      Self.fail("there is no port to serve on")
    }
    Self.write("http://127.0.0.1:\(chosen)/\n", to: STDOUT_FILENO)
    await Self.waitForEnd()
    await viewers.waitUntilServed(page.version)
    exit(0)
  }

  /// Says what went wrong, and ends the process.
  static func fail(_ problem: String) -> Never {
    write("whisker: \(problem)\n", to: STDERR_FILENO)
    exit(1)
  }

  private static func words(_ error: any Error, _ port: UInt16) -> String {
    guard case SocketError.failed(_, let code, _) = error else {
      return "nothing can be served on port \(port): \(error)"
    }
    switch code {
    case EADDRINUSE:
      return "port \(port) of 127.0.0.1 is in use: name another one, or none for any that is free"
    case EACCES: return "port \(port) of 127.0.0.1 is not for everybody: name one from 1024 to 65535, or none"
    default: return "nothing can be served on port \(port) of 127.0.0.1: \(String(cString: strerror(code)))"
    }
  }

  /// Returns when the process at the other end of standard input has closed it, or is no more.
  private static func waitForEnd() async {
    await withCheckedContinuation { continuation in
      // A thread of its own: those of the tasks are for what does not block.
      Thread.detachNewThread {
        var byte: UInt8 = 0
        var count: Int
        repeat { count = read(STDIN_FILENO, &byte, 1) } while count > 0 || (count < 0 && errno == EINTR)
        continuation.resume()
      }
    }
  }

  private static func write(_ text: String, to descriptor: Int32) {
    var text = text
    _ = text.withUTF8 { Glibc.write(descriptor, $0.baseAddress, $0.count) }
  }
}
