/// An HTTP response.
struct Response: Error {
  let status: Int
  let body: [UInt8]
  private let type: String?
  private let version: String?

  private static let reasons = [
    200: "OK", 304: "Not Modified", 400: "Bad Request", 403: "Forbidden", 404: "Not Found",
    405: "Method Not Allowed", 431: "Request Header Fields Too Large",
  ]

  /// A successful response.
  /// - Parameter version: The entity tag, in quotes.
  init(_ body: [UInt8], type: String, version: String? = nil) {
    (status, self.body, self.type, self.version) = (200, body, "\(type); charset=utf-8", version)
  }

  private init(_ status: Int, _ words: String?) {
    self.status = status
    body = words.map { Array("\($0)\n".utf8) } ?? []
    type = words.map { _ in "text/plain; charset=utf-8" }
    version = nil
  }

  static let notModified = Response(304, nil)
  static let malformed = Response(400, "Malformed HTTP/1.1 request.")
  static let foreign = Response(403, "Available on this machine only.")
  static let unknown = Response(404, "Not found. The page is at /")
  static let waiting = Response(404, "No report yet.")
  static let readOnly = Response(405, "Only GET and HEAD are allowed.")
  static let tooLarge = Response(431, "The request is too large.")

  /// The bytes to send.
  /// - Parameters:
  ///   - isHead: Whether the body is omitted.
  ///   - keepsConnection: Whether the connection stays open.
  func bytes(isHead: Bool, keepsConnection: Bool) -> [UInt8] {
    var lines = ["HTTP/1.1 \(status) \(Self.reasons[status] ?? "")"]
    if let type { lines.append("Content-Type: \(type)") }
    if let version { lines.append("ETag: \(version)") }
    if status == 405 { lines.append("Allow: GET, HEAD") }
    if status != 304 { lines.append("Content-Length: \(body.count)") }
    lines += [
      "Connection: \(keepsConnection ? "keep-alive" : "close")", "Cache-Control: no-store",
      "Content-Security-Policy: \(LivePage.policy)", "X-Content-Type-Options: nosniff",
      "X-Frame-Options: DENY", "Cross-Origin-Resource-Policy: same-origin", "", "",
    ]
    return Array(lines.joined(separator: "\r\n").utf8) + (isHead ? [] : body)
  }
}
