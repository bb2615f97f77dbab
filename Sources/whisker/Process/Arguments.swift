import WhiskerCore

/// The arguments of the command line.
enum Arguments {
  /// The arguments as they were typed. Paths keep their bytes, also where these are not UTF-8.
  static let typed = Array(commandLineWords().dropFirst())

  /// The whole command line, to be recorded with a run.
  static var command: [String] { ["whisker"] + typed }

  /// The arguments for the parser, which takes every word that starts with `-` for an option: a negative number is joined
  /// to its option, `--epochs=-3`.
  static func parsed(_ words: [String] = typed) -> [String] {
    let words = Recipe.expanded(words)
    var parsed: [String] = []
    for (place, word) in words.enumerated() {
      if word == "--" { return parsed + words[place...] }
      if isNegativeNumber(word), let option = parsed.last, option.hasPrefix("--"), !option.contains("=") {
        parsed[parsed.count - 1] = "\(option)=\(word)"
      } else {
        parsed.append(word)
      }
    }
    return parsed
  }

  /// `-0` is an option of predict.
  private static func isNegativeNumber(_ word: String) -> Bool {
    word.hasPrefix("-") && word != "-0" && Double(word) != nil
  }
}
