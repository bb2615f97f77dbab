import NIOHTTP1
import WhiskerCore

/// A response.
struct Reply: Error, Sendable {
  let status: HTTPResponseStatus
  private(set) var body: String
  private let type: String
  /// Headers of this reply only.
  private var extra: [(String, String)] = []

  private static let json = "application/json"

  private init(_ status: HTTPResponseStatus, _ body: String, type: String) {
    (self.status, self.body, self.type) = (status, body, type)
  }

  /// An answer in JSON.
  static func answer(_ json: String, status: HTTPResponseStatus = .ok) -> Reply {
    Reply(status, json + "\n", type: Self.json)
  }

  /// The metrics.
  static func metrics(_ text: String) -> Reply {
    Reply(.ok, text, type: "text/plain; version=0.0.4; charset=utf-8")
  }

  /// The page to drop pictures on, its style and its script.
  static let page = Reply(.ok, DropPage.text, type: "text/html; charset=utf-8").with(
    "Content-Security-Policy", DropPage.policy)
  static let style = Reply(.ok, DropPage.style, type: "text/css; charset=utf-8")
  static let script = Reply(.ok, DropPage.script, type: "text/javascript; charset=utf-8")

  /// An error, as `{"error": ...}`.
  static func error(_ status: HTTPResponseStatus, _ problem: String) -> Reply {
    answer((try? ErrorRecord(error: problem).line) ?? "{}", status: status)
  }

  static func busy(_ problem: String) -> Reply {
    error(.serviceUnavailable, problem).with("Retry-After", "1")
  }

  /// - Parameter allowed: The methods of the path.
  static func wrongMethod(_ allowed: String) -> Reply {
    error(.methodNotAllowed, "The methods of this path are \(allowed).").with("Allow", allowed)
  }

  private func with(_ name: String, _ value: String) -> Reply {
    var reply = self
    reply.extra.append((name, value))
    return reply
  }

  /// - Parameter keepsConnection: Whether the connection stays open.
  func headers(keepsConnection: Bool) -> HTTPHeaders {
    var headers = HTTPHeaders([
      ("Content-Type", type), ("Content-Length", "\(body.utf8.count)"),
      ("Connection", keepsConnection ? "keep-alive" : "close"), ("Cache-Control", "no-store"),
      ("X-Content-Type-Options", "nosniff"), ("Cross-Origin-Resource-Policy", "same-origin"),
    ])
    headers.add(contentsOf: extra)
    return headers
  }

  private struct ErrorRecord: Encodable {
    let error: String
    var line: String {
      get throws { printable(json: try StableJSON.line(self)) }
    }
  }
}
