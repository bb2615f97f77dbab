/// The markup of the parts of a command line: literals and placeholders.
struct Marking: Sendable {
  let literal: @Sendable (String) -> String
  let value: @Sendable (String) -> String

  /// `--output <file>`
  static let plain = Marking(literal: { $0 }, value: { "<\($0)>" })
}

extension CommandInfo {
  /// The usage line of a command.
  func synopsis(_ marking: Marking) -> String {
    var parts = [marking.literal(words.joined(separator: " "))]
    if !commands.isEmpty { parts.append(marking.value("command")) }
    parts.append("[" + marking.value("options") + "]")
    for argument in shownArguments where argument.isPositional {
      let value = marking.value(argument.valueName ?? "") + (argument.isRepeating ? " ..." : "")
      parts.append(argument.isOptional ? "[\(value)]" : value)
    }
    for argument in shownArguments where argument.takesValue && !argument.isPositional {
      if !argument.isOptional { parts.append(argument.heading(marking, preferringLong: true)) }
    }
    return parts.joined(separator: " ")
  }
}

extension CommandInfo.Argument {
  /// `-o, --output <file>`, `--serve [<port>]`, or the name of an argument without one.
  func heading(_ marking: Marking, preferringLong: Bool = false) -> String {
    let value = marking.value(valueName ?? "")
    guard !isPositional else { return value }
    let names = (names ?? []).sorted { $0.text.count < $1.text.count }.map { marking.literal($0.text) }
    let shown = preferringLong ? names.suffix(1).joined() : names.joined(separator: ", ")
    guard takesValue else { return shown }
    return isFlagToo ? "\(shown) [\(value)]" : "\(shown) \(value)"
  }
}
