import FlyingFox
import FoundationEssentials

/// Answers what a browser on this machine asks for: the page, the file behind it, and the script between them.
struct RunPages: HTTPHandler {
  let page: LivePage
  let viewers: Viewers

  func handleRequest(_ request: HTTPRequest) async throws -> HTTPResponse {
    // A foreign page may have its own name lead here (DNS rebinding); its host gives it away.
    guard Self.isOurs(request.headers[.host]) else {
      return plain(.forbidden, "This is shown on this machine only.")
    }
    guard request.method == .GET || request.method == .HEAD else {
      return plain(.methodNotAllowed, "There is only reading.")
    }
    switch request.target.rawValue {
    case "/": return answer(page.live, "text/html; charset=utf-8")
    case "/live.js": return answer(LivePage.script, "text/javascript; charset=utf-8")
    case "/report.html": return await file(request.headers[.init("If-None-Match")])
    default: return plain(.notFound, "There is nothing here. The page is at /")
    }
  }

  private static func isOurs(_ host: String?) -> Bool {
    guard let host else { return false }
    return ["127.0.0.1", "localhost"].contains(host.split(separator: ":").first.map { $0.lowercased() })
  }

  private func file(_ known: String?) async -> HTTPResponse {
    // The version comes first: what is written in between is then asked for once more.
    guard let version = page.version else { return plain(.notFound, "There is no report yet.") }
    await viewers.note(version)
    guard version != known else { return HTTPResponse(statusCode: .notModified, headers: headers(nil)) }
    guard let bytes = page.file else { return plain(.notFound, "There is no report yet.") }
    var response = HTTPResponse(
      statusCode: .ok, headers: headers("text/html; charset=utf-8"), body: Data(bytes))
    response.headers[.eTag] = version
    return response
  }

  private func answer(_ text: String, _ type: String) -> HTTPResponse {
    HTTPResponse(statusCode: .ok, headers: headers(type), body: Data(text.utf8))
  }

  private func plain(_ status: HTTPStatusCode, _ words: String) -> HTTPResponse {
    HTTPResponse(
      statusCode: status, headers: headers("text/plain; charset=utf-8"), body: Data("\(words)\n".utf8))
  }

  private func headers(_ type: String?) -> HTTPHeaders {
    var headers = HTTPHeaders()
    headers[.contentType] = type
    headers[.cacheControl] = "no-store"
    headers[.init("Content-Security-Policy")] = LivePage.policy
    headers[.init("X-Content-Type-Options")] = "nosniff"
    headers[.init("X-Frame-Options")] = "DENY"
    headers[.init("Cross-Origin-Resource-Policy")] = "same-origin"
    return headers
  }
}
