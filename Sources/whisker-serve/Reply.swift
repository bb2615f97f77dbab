import Glibc
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

  /// The reply to input that the HTTP parser rejected.
  static func refusal(_ problem: HTTPParserError) -> Reply {
    switch problem {
    case .headerOverflow: error(.requestHeaderFieldsTooLarge, "The head of the request is too large.")
    case .invalidEOFState: error(.badRequest, "The request is incomplete.")
    default: error(.badRequest, "Malformed HTTP/1.1 request.")
    }
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
      ("Date", Self.date), ("Content-Type", type), ("Content-Length", "\(body.utf8.count)"),
      ("Connection", keepsConnection ? "keep-alive" : "close"), ("Cache-Control", "no-store"),
      ("X-Content-Type-Options", "nosniff"), ("Cross-Origin-Resource-Policy", "same-origin"),
    ])
    headers.add(contentsOf: extra)
    return headers
  }

  /// The current time in HTTP's date format (RFC 9110, section 5.6.7): "Sun, 06 Nov 1994 08:49:37 GMT". The names are English, because the program
  /// sets no locale.
  private static var date: String {
    var (now, parts) = (time(nil), tm())
    gmtime_r(&now, &parts)
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { buffer in
      let length = strftime(buffer.baseAddress!, buffer.count, "%a, %d %b %Y %H:%M:%S GMT", &parts)
      return String(decoding: buffer.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
  }

  private struct ErrorRecord: Encodable {
    let error: String
    var line: String {
      get throws { printable(json: try StableJSON.line(self)) }
    }
  }
}
