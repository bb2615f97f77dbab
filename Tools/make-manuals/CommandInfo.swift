/// A command, decoded from the output of `--experimental-dump-help`.
struct CommandInfo: Decodable {
  struct Name: Decodable {
    let kind: String
    let name: String

    /// The name with its hyphens: `-o`, `--output`.
    var text: String { kind == "long" ? "--\(name)" : "-\(name)" }
  }

  struct Argument: Decodable {
    let kind: String
    let names: [Name]?
    let valueName: String?
    let parsingStrategy: String?
    let abstract: String?
    let sectionTitle: String?
    let defaultValue: String?
    let allValues: [String]?
    let isOptional: Bool
    let isRepeating: Bool
    let shouldDisplay: Bool
  }

  struct Tool: Decodable {
    let command: CommandInfo
  }

  let commandName: String
  let superCommands: [String]?
  let abstract: String?
  let discussion: String?
  let arguments: [Argument]?
  let subcommands: [CommandInfo]?

  /// The whole name, `whisker train`.
  var words: [String] { (superCommands ?? []) + [commandName] }

  /// The documented subcommands.
  var commands: [CommandInfo] { (subcommands ?? []).filter { $0.commandName != "help" } }

  var shownArguments: [Argument] { (arguments ?? []).filter(\.shouldDisplay) }
}

extension CommandInfo.Argument {
  var isPositional: Bool { kind == "positional" }

  var takesValue: Bool { kind != "flag" }

  /// Whether the value is optional: only such options have this parsing strategy.
  var isFlagToo: Bool { parsingStrategy == "scanningForValue" }

  /// The abstract, the values and the default, as in the help.
  var text: String {
    var details: [String] = []
    if let allValues, takesValue, !allValues.isEmpty {
      details.append("values: " + allValues.joined(separator: ", "))
    }
    if let defaultValue, takesValue {
      details.append((isFlagToo ? "without a value: " : "default: ") + defaultValue)
    }
    return (abstract ?? "") + (details.isEmpty ? "" : " (\(details.joined(separator: "; ")))")
  }
}
