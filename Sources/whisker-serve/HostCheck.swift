import NIOCore
import NIOHTTP1

/// The names under which the server may be addressed. Others are refused, because a foreign page can resolve its own name to
/// this machine (DNS rebinding).
struct HostCheck: Sendable {
  private let names: Set<String>
  /// Whether any IP address is accepted: the server listens on an address of the network, and may have others there. An
  /// address cannot be rebound.
  private let acceptsAddresses: Bool

  /// - Parameter address: The address that the server listens on.
  /// - Parameter allowed: Further names.
  init(listeningOn address: String, allowed: [String]) {
    acceptsAddresses = !Self.isLoopback(address)
    names = Set(["localhost", "127.0.0.1", "::1", address.lowercased()] + allowed.map { $0.lowercased() })
  }

  /// Whether a host, as in the header Host, is one of the names, with any port, because a tunnel may use another one.
  func accepts(_ value: String) -> Bool {
    guard let host = Self.host(in: value.lowercased()) else { return false }
    return names.contains(host) || (acceptsAddresses && Self.isAddress(host))
  }

  /// Whether only this machine can reach the address.
  static func isLoopback(_ address: String) -> Bool { address == "::1" || address.hasPrefix("127.") }

  static func isAddress(_ host: String) -> Bool { (try? SocketAddress(ipAddress: host, port: 0)) != nil }

  /// The host without the port; nil if the value is malformed.
  static func host(in value: String) -> String? {
    let isBracketed = value.hasPrefix("[")
    let end = isBracketed ? value.firstIndex(of: "]") : value.firstIndex(of: ":") ?? value.endIndex
    guard let end else { return nil }
    let host = isBracketed ? value[..<end].dropFirst() : value[..<end]
    let rest = isBracketed ? value[end...].dropFirst() : value[end...]
    guard !host.isEmpty, rest.isEmpty || isPort(rest) else { return nil }
    // Brackets belong to IPv6 only.
    return host.contains(":") == isBracketed && host.utf8.allSatisfy(isPartOfName) ? String(host) : nil
  }

  /// Whether a host may have this character (RFC 3986, section 3.2.2).
  private static func isPartOfName(_ character: UInt8) -> Bool {
    switch character {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: "-._~%!$&'()*+,;=:".utf8.contains(character)
    }
  }

  /// Whether the text is ":" and a port, which may be empty (RFC 3986, section 3.2.3).
  private static func isPort(_ text: Substring) -> Bool {
    let digits = text.dropFirst()
    guard text.first == ":", digits.utf8.allSatisfy({ (48...57).contains($0) }) else { return false }
    return digits.isEmpty || UInt16(digits).map { $0 > 0 } ?? false
  }
}
