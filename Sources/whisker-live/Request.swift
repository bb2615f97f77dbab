/// The head of an HTTP/1 request (RFC 9112), as far as this server needs it.
struct Request {
  let method: String
  let target: String
  /// The values of each header, by its name in lower case.
  private let headers: [String: [String]]
  private let isCurrentVersion: Bool

  /// The largest head in bytes, ten times what browsers send.
  static let limit = 16 << 10
  private static let headerLimit = 100

  /// Reads a head, without the empty line that ends it.
  /// - Throws: The response to a malformed head.
  init(_ head: ArraySlice<UInt8>) throws(Response) {
    let lines = head.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map {
      $0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0
    }
    guard lines.count <= Self.headerLimit else { throw .tooLarge }
    let words = (lines.first ?? []).split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
    guard words.count == 3, ["HTTP/1.1", "HTTP/1.0"].contains(Self.text(words[2])) else { throw .malformed }
    (method, target) = (Self.text(words[0]), Self.text(words[1]))
    isCurrentVersion = Self.text(words[2]) == "HTTP/1.1"
    guard !method.isEmpty, !target.isEmpty else { throw .malformed }
    var headers: [String: [String]] = [:]
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex else {
        throw .malformed
      }
      let name = line[..<colon]
      // A space before the colon is used to smuggle headers past one of two servers.
      guard name.allSatisfy({ $0 > 32 && $0 < 127 }) else { throw .malformed }
      headers[Self.text(name).lowercased(), default: []].append(Self.text(Self.trimmed(line[(colon + 1)...])))
    }
    self.headers = headers
  }

  /// The value of a header; nil if it is missing or repeated.
  func value(_ name: String) -> String? {
    guard let values = headers[name], values.count == 1 else { return nil }
    return values[0]
  }

  /// Whether a body follows the head. It is not read.
  var hasBody: Bool {
    headers["transfer-encoding"] != nil || (headers["content-length"].map { $0 != ["0"] } ?? false)
  }

  /// Whether the connection stays open for further requests.
  var keepsConnection: Bool {
    isCurrentVersion && !hasBody
      && headers["connection"].map { $0.map { $0.lowercased() } != ["close"] } ?? true
  }

  /// Whether the host is 127.0.0.1 or localhost. Other names are refused, because a foreign page can resolve its own name to
  /// this machine (DNS rebinding). Any port is accepted, because a tunnel may use another one.
  var isForThisMachine: Bool {
    guard let host = value("host")?.lowercased() else { return false }
    let parts = host.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard ["127.0.0.1", "localhost"].contains(parts[0]) else { return false }
    guard parts.count == 2 else { return true }
    return parts[1].utf8.allSatisfy { (48...57).contains($0) } && UInt16(parts[1]).map { $0 > 0 } ?? false
  }

  private static func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

  private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let isBlank = { (byte: UInt8) in byte == 32 || byte == 9 }
    let start = bytes.drop(while: isBlank)
    return start.dropLast(start.reversed().prefix(while: isBlank).count)
  }
}
