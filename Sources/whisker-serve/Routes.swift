import NIOHTTP1
import WhiskerCore
import WhiskerServing
import WhiskerTraining

/// What the server answers to which request.
struct Routes: Sendable {
  /// The answer to the head of a request.
  enum Answer {
    case reply(Reply)
    case upload(Upload)
  }

  private let hosts: HostCheck
  private let options: AnswerRecord.Options
  /// The threshold of the model's own probabilities; nil where it has none, or where mirror images are averaged.
  private let threshold: Double?
  private let bodyLimit: Int
  private let health: Reply

  init(_ model: Model, _ settings: ServerSettings) {
    hosts = HostCheck(listeningOn: settings.host, allowed: settings.allowedHosts)
    options = AnswerRecord.Options(
      classNames: model.classNames, topK: settings.prediction.topK, threshold: settings.prediction.threshold)
    threshold = model.testTimeAugmentation == nil ? (try? model.threshold)?.probability : nil
    bodyLimit = settings.limits.body
    let record = Health(classes: model.classNames.count, model: printable(model.path))
    health = .answer(printable(json: (try? StableJSON.line(record)) ?? "{}"))
  }

  /// - Parameter metrics: The metrics, if they are asked for.
  func answer(to head: HTTPRequestHead, metrics: () -> String) -> Answer {
    do throws(Reply) {
      let target = try RequestTarget(head.uri)
      try check(head, target)
      let isQuery = [.GET, .HEAD].contains(head.method)
      switch target.path {
      case "/" where isQuery: return .reply(.page)
      case "/page.css" where isQuery: return .reply(.style)
      case "/page.js" where isQuery: return .reply(.script)
      case "/" where head.method == .POST, "/predict" where head.method == .POST:
        let query = try PredictionQuery(target.query, options, automatic: threshold)
        return .upload(try Upload(head, options: query.options, limit: bodyLimit))
      case "/health" where isQuery: return .reply(health)
      case "/metrics" where isQuery: return .reply(.metrics(metrics()))
      case "/": throw .wrongMethod("GET, HEAD, POST")
      case "/predict": throw .wrongMethod("POST")
      case "/health", "/metrics", "/page.css", "/page.js": throw .wrongMethod("GET, HEAD")
      default: throw .error(.notFound, "Not found. POST a picture to /, or GET /, /health or /metrics.")
      }
    } catch {
      return .reply(error)
    }
  }

  /// - Throws: The reply to a request that no path answers.
  private func check(_ head: HTTPRequestHead, _ target: RequestTarget) throws(Reply) {
    let values = head.headers["host"]
    // HTTP/1.0 has no such header. The browsers of users, whose pages can be foreign ones, always send it.
    let mayOmitHost = head.version == .http1_0
    guard values.count == 1 || values.isEmpty && mayOmitHost else {
      throw .error(.badRequest, "The request needs one header Host.")
    }
    guard values.allSatisfy({ HostCheck.host(in: $0) != nil }) else {
      throw .error(.badRequest, "The header Host is malformed.")
    }
    // The host of a whole address counts instead of the header's (RFC 9112, section 3.2.2).
    guard (target.authority ?? values.first).map(hosts.accepts) ?? true else {
      throw .error(.forbidden, "The server is not known under this name. --allow-host adds a name.")
    }
    // A page of another site can send requests through the browser of a user, though it cannot read the answers.
    guard head.method != .POST || !isForeign(head.headers) else {
      throw .error(.forbidden, "Requests of pages of other sites are refused.")
    }
    let lengths = head.headers["content-length"]
    let encodings = head.headers["transfer-encoding"]
    // Two framings are how requests are smuggled past one of two servers.
    guard lengths.isEmpty || encodings.isEmpty, lengths.count < 2 else {
      throw .error(.badRequest, "The length of the body is ambiguous.")
    }
    guard encodings.isEmpty || (encodings.count == 1 && encodings[0].lowercased() == "chunked") else {
      throw .error(.notImplemented, "Only the transfer coding chunked is supported.")
    }
  }

  /// Whether the request comes from a page of another site. Browsers say so in one header, or to addresses that are neither
  /// encrypted nor of this machine, in the other one.
  private func isForeign(_ headers: HTTPHeaders) -> Bool {
    if let site = headers.first(name: "sec-fetch-site") { return site == "cross-site" }
    guard let origin = headers.first(name: "origin") else { return false }
    guard let host = origin.firstRange(of: "://") else { return true }
    return !hosts.accepts(String(origin[host.upperBound...]))
  }

  private struct Health: Encodable {
    let classes: Int
    let model: String
    var status = "ok"
  }
}
