/// A command line, quoted for a shell.
package struct ShellWords {
  package let text: String

  package init(_ words: [String]) { text = words.map(Self.quoted).joined(separator: " ") }

  private static let safe = Set(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_@%+=:,./-".utf8)

  /// A byte escaped for `$'...'`, the quoting of bash, zsh and ksh that can represent any byte.
  private static func escaped(_ byte: UInt8) -> String {
    switch byte {
    case UInt8(ascii: "'"), UInt8(ascii: "\\"): "\\" + String(UnicodeScalar(byte))
    case 0x20..<0x7F: String(UnicodeScalar(byte))
    default: "\\x" + (byte < 0x10 ? "0" : "") + String(byte, radix: 16)
    }
  }

  private static func quoted(_ word: String) -> String {
    guard word.isEmpty || !word.utf8.allSatisfy(safe.contains) else { return word }
    if !isPrintable(word) { return "$'" + pathBytes(word).map(escaped).joined() + "'" }
    return "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#)
      + "'"
  }
}
