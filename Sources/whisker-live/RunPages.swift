/// Answers what a browser on this machine asks for: the page, the file behind it, and the script between them.
final class RunPages {
  private let page: LivePage
  /// The version of the page that was asked for last, and when.
  private var (shown, lastLook): (String?, ContinuousClock.Instant?) = (nil, nil)

  /// A page that is open looks once a second; one that has not for so long is closed.
  private static let patience = Duration.seconds(3)

  init(_ page: LivePage) { self.page = page }

  /// Whether somebody looks at the page and has not seen the last of it.
  var isBehind: Bool {
    guard let lastLook, ContinuousClock.now - lastLook < Self.patience else { return false }
    return shown != page.version
  }

  func answer(_ request: Request) -> Response {
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
    // The version comes first: what is written in between is then asked for once more.
    guard let version = page.version else { return .waiting }
    (shown, lastLook) = (version, .now)
    guard version != known else { return .notModified }
    guard let bytes = page.file else { return .waiting }
    return Response(bytes, type: "text/html", version: version)
  }
}
