/// The head of an HTTP/1 request, as far as this server looks at it (RFC 9112).
struct Request {
  let method: String
  let target: String
  /// The values of each header, by its name in lower case.
  private let headers: [String: [String]]
  private let isCurrentVersion: Bool

  /// The longest head that is read, in bytes: what browsers send is a tenth of it.
  static let limit = 16 << 10
  private static let headerLimit = 100

  /// Reads a head, without the empty line that ends it.
  /// - Throws: The response to a head that is malformed.
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
      // A blank in front of the colon is how one server is made to see another header than the next.
      guard name.allSatisfy({ $0 > 32 && $0 < 127 }) else { throw .malformed }
      headers[Self.text(name).lowercased(), default: []].append(Self.text(Self.trimmed(line[(colon + 1)...])))
    }
    self.headers = headers
  }

  /// The value of a header that may be given once; nil where it is not given, or more than once.
  func value(_ name: String) -> String? {
    guard let values = headers[name], values.count == 1 else { return nil }
    return values[0]
  }

  /// Whether contents follow the head. They are not read.
  var hasBody: Bool {
    headers["transfer-encoding"] != nil || (headers["content-length"].map { $0 != ["0"] } ?? false)
  }

  /// Whether the client may ask for more on this connection.
  var keepsConnection: Bool {
    isCurrentVersion && !hasBody
      && headers["connection"].map { $0.map { $0.lowercased() } != ["close"] } ?? true
  }

  /// Whether it was asked for under a name of this machine's. A foreign page may have its own name lead here (DNS
  /// rebinding). The port is another one where the page is reached through a tunnel.
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
