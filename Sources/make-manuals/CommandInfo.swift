/// A command as it tells of itself with `--experimental-dump-help`.
struct CommandInfo: Decodable {
  struct Name: Decodable {
    let kind: String
    let name: String

    /// As it is typed: `-o`, `--output`.
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

  /// The commands below it that have something to say.
  var commands: [CommandInfo] { (subcommands ?? []).filter { $0.commandName != "help" } }

  var shownArguments: [Argument] { (arguments ?? []).filter(\.shouldDisplay) }
}

extension CommandInfo.Argument {
  var isPositional: Bool { kind == "positional" }

  var takesValue: Bool { kind != "flag" }

  /// Whether it may stand without its value, as a flag does: only such options are read in this way.
  var isFlagToo: Bool { parsingStrategy == "scanningForValue" }

  /// What it is, its values and what it is by default, as the help tells it.
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
