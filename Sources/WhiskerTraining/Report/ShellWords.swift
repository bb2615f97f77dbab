/// A command line as it can be typed into a shell.
struct ShellWords {
  let text: String

  init(_ words: [String]) { text = words.map(Self.quoted).joined(separator: " ") }

  private static let safe = Set(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_@%+=:,./-".utf8)

  private static func quoted(_ word: String) -> String {
    guard word.isEmpty || !word.utf8.allSatisfy(safe.contains) else { return word }
    return "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#)
      + "'"
  }
}
