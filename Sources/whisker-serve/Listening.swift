import Glibc
import NIOCore
import WhiskerServing

/// The start of the server, with messages for people.
enum Listening {
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// Starts the server, and prints its address.
  /// - Throws: `Failure` when the address cannot be used.
  static func start(_ server: Server, model: String, _ settings: ServerSettings) throws {
    let port: UInt16
    do {
      port = try server.start()
    } catch let error as IOError {
      throw failure(error.errnoCode, settings)
    }
    let host = settings.host.contains(":") ? "[\(settings.host)]" : settings.host
    Output.print("Serving  \(model) at http://\(host):\(port)/ (stop with Ctrl-C)")
    if !HostCheck.isLoopback(settings.host) {
      Output.warn("other machines can reach \(settings.host): the server has no passwords and no encryption")
    }
  }

  private static func failure(_ code: Int32, _ settings: ServerSettings) -> Failure {
    let (port, host) = (settings.port, settings.host)
    let description =
      switch code {
      case EADDRINUSE:
        "port \(port) of \(host) is in use: choose another one with --port, or 0 for any free one"
      case EACCES: "port \(port) of \(host) needs privileges: choose one from 1024 to 65535 with --port"
      case EADDRNOTAVAIL: "\(host) is no address of this machine: choose another --host, or 0.0.0.0 for all"
      default: "cannot listen on port \(port) of \(host): \(String(cString: strerror(code)))"
      }
    return Failure(description: description)
  }
}

/// Standard output and standard error.
enum Output {
  static func print(_ line: String) { write(line + "\n", to: STDOUT_FILENO) }
  static func warn(_ problem: String) { write("whisker: \(problem)\n", to: STDERR_FILENO) }

  /// Prints an error and ends the process.
  static func fail(_ problem: String) -> Never {
    warn(problem)
    exit(1)
  }

  private static func write(_ text: String, to descriptor: Int32) {
    var text = text
    _ = text.withUTF8 { Glibc.write(descriptor, $0.baseAddress, $0.count) }
  }
}
