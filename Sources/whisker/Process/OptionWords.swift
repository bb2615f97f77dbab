/// The options in the words of a command line, up to `--`.
struct OptionWords {
  private let words: ArraySlice<String>

  init(_ words: [String]) { self.words = words.prefix { $0 != "--" } }

  func contains(_ option: String) -> Bool { words.contains { Self.names($0, option) } }

  /// The last value of an option; nil if it is not there.
  func value(of option: String) -> String? {
    guard let place = words.lastIndex(where: { Self.names($0, option) }) else { return nil }
    guard words[place] == option else { return String(words[place].dropFirst(option.count + 1)) }
    return words.dropFirst(place + 1).first
  }

  /// The words without some options.
  /// - Parameter options: Options with a value.
  /// - Parameter flags: Options without one.
  static func removing(options: [String], flags: [String], from words: [String]) -> [String] {
    let end = words.firstIndex(of: "--") ?? words.count
    var kept: [String] = []
    var isValue = false
    for word in words[..<end] {
      if !isValue, !flags.contains(word), !options.contains(where: { names(word, $0) }) { kept.append(word) }
      isValue = !isValue && options.contains(word)
    }
    return kept + words[end...]
  }

  private static func names(_ word: String, _ option: String) -> Bool {
    word == option || word.hasPrefix(option + "=")
  }
}
