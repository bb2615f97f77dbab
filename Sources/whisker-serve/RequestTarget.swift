/// The target of a request: a path and a query, or the whole address that clients send to proxies (RFC 9112, section 3.2).
struct RequestTarget {
  /// The host and the port of a whole address; nil for a path.
  let authority: String?
  let path: Substring
  /// The text after "?"; nil for none.
  let query: Substring?

  /// - Throws: The reply to an address that cannot be this server's.
  init(_ text: String) throws(Reply) {
    var rest = text[...]
    if !text.hasPrefix("/"), let mark = text.firstRange(of: "://") {
      guard text[..<mark.lowerBound].lowercased() == "http" else {
        throw .error(.misdirectedRequest, "The server answers requests for http:// only.")
      }
      rest = text[mark.upperBound...]
      let end = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
      let authority = rest[..<end]
      guard !authority.isEmpty else { throw .error(.badRequest, "The address of the request has no host.") }
      // RFC 9110, section 4.2.4: it disguises the host.
      guard !authority.contains("@") else {
        throw .error(.badRequest, "The address of the request must not have a user.")
      }
      (self.authority, rest) = (String(authority), rest[end...])
    } else {
      authority = nil
    }
    let parts = rest.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    // An address without a path means the root.
    path = parts[0].isEmpty ? "/" : parts[0]
    query = parts.count > 1 ? parts[1] : nil
  }
}
