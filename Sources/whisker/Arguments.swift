import WhiskerTensor

/// What was typed behind the name of the tool.
enum Arguments {
  /// The words as they were typed; those that are paths are the text of their bytes.
  static let typed = Array(commandLineWords().dropFirst())

  /// The words as the parser reads them: to it a word that starts with `-` is an option, so that a negative number is put
  /// behind the option that it is the value of, as `--epochs=-3`.
  static func parsed(_ words: [String] = typed) -> [String] {
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
