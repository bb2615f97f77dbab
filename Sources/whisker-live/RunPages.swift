/// The responses to requests: the live page, its script, and the report file.
final class RunPages {
  private let page: LivePage
  /// The version and the time of the last request for the report.
  private var (shown, lastRequest): (String?, ContinuousClock.Instant?) = (nil, nil)

  /// An open page polls every second; after this time it counts as closed.
  private static let patience = Duration.seconds(3)

  init(_ page: LivePage) { self.page = page }

  /// Whether an open page has not loaded the current version.
  var hasUnseenChanges: Bool {
    guard let lastRequest, ContinuousClock.now - lastRequest < Self.patience else { return false }
    return shown != page.version
  }

  func response(to request: Request) -> Response {
    guard request.isForThisMachine else { return .foreign }
    guard ["GET", "HEAD"].contains(request.method) else { return .readOnly }
    switch request.target {
    case "/": return Response(page.live, type: "text/html")
    case "/live.js": return Response(Array(LivePage.script.utf8), type: "text/javascript")
    case "/report.html": return file(request.value("if-none-match"))
    default: return .unknown
    }
  }

  private func file(_ known: String?) -> Response {
    // The version is read first, so that a change in between is loaded by the next request.
    guard let version = page.version else { return .waiting }
    (shown, lastRequest) = (version, .now)
    guard version != known else { return .notModified }
    guard let bytes = page.file else { return .waiting }
    return Response(bytes, type: "text/html", version: version)
  }
}
