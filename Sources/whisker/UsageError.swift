import ArgumentParser
import Glibc
import WhiskerTensor

/// What the parser says of wrong usage, with what was meant where that can be guessed.
struct UsageError {
  /// What is wrong, and how the command is used; several lines.
  let text: String

  init(_ error: any Error, words: [String] = Arguments.typed) {
    let whole = Whisker.fullMessage(for: error)
    let message = Whisker.message(for: error)
    guard let better = Self.better(message, words), let range = whole.firstRange(of: message) else {
      text = whole
      return
    }
    text = whole.replacingCharacters(in: range, with: better)
  }

  private static func better(_ message: String, _ words: [String]) -> String? {
    let commands = Whisker.configuration.subcommands
    let names = commands.compactMap { $0.configuration.commandName } + ["help"]
    guard let word = words.first, !word.hasPrefix("-") else { return nil }
    guard names.contains(word) else {
      let meant =
        access(word, F_OK) == 0
        ? "train " + ShellWords([word]).text : Suggestion.command(for: word, among: names)
      return "Unknown command '\(word)'. "
        + (meant.map { "Did you mean '\($0)'?" } ?? "The commands are \(names.joined(separator: ", ")).")
    }
    guard let match = message.firstMatch(of: #/^Unknown option '(--[^']+)'/#),
      let command = commands.first(where: { $0.configuration.commandName == word })
    else { return nil }
    let pattern = #/^  (?:-\w, )?(--[a-z-]+)/#.anchorsMatchLineEndings()
    let options = Whisker.helpMessage(for: command).matches(of: pattern).map { String($0.1) }
    let meant = Suggestion.option(for: String(match.1), among: options)
    return "Unknown option '\(match.1)'" + (meant.map { ". Did you mean '\($0)'?" } ?? "")
  }
}

extension String {
  fileprivate func replacingCharacters(in range: Range<Index>, with text: String) -> String {
    String(self[..<range.lowerBound]) + text + String(self[range.upperBound...])
  }
}
