/// The manual page of a command.
struct ManualPage {
  private let command: CommandInfo
  private let version: String
  private let date: String

  /// - Parameter date: That of the version, `2026-11-24`.
  init(_ command: CommandInfo, version: String, date: String) {
    (self.command, self.version, self.date) = (command, version, date)
  }

  /// `whisker-train`
  var name: String { command.words.joined(separator: "-") }

  var text: String {
    var page = Roff()
    page.macro("TH", name.uppercased(), "1", date, "Whisker \(version)", "Whisker manual")
    page.macro("SH", "NAME")
    page.line(Roff.escaped(name) + " \\- " + Roff.escaped(summary))
    page.macro("SH", "SYNOPSIS")
    page.line(synopsis)
    page.macro("SH", "DESCRIPTION")
    page.paragraphs(command.discussion ?? command.abstract ?? "")
    tellCommands(in: &page)
    tellArguments(in: &page)
    page.macro("SH", "SEE ALSO")
    page.line(references)
    return page.text
  }

  /// The abstract, without its full stop.
  private var summary: String {
    let abstract = command.abstract ?? ""
    return abstract.hasSuffix(".") ? String(abstract.dropLast()) : abstract
  }

  private var synopsis: String {
    var parts = [Roff.bold(command.words.joined(separator: " "))]
    if !command.commands.isEmpty { parts.append(Roff.italic("command")) }
    parts.append("[" + Roff.italic("options") + "]")
    for argument in command.shownArguments where argument.isPositional {
      let value = Roff.italic(argument.valueName ?? "") + (argument.isRepeating ? " ..." : "")
      parts.append(argument.isOptional ? "[\(value)]" : value)
    }
    for argument in command.shownArguments where argument.takesValue && !argument.isPositional {
      if !argument.isOptional { parts.append(heading(argument, preferringLong: true)) }
    }
    return parts.joined(separator: " ")
  }

  private func tellCommands(in page: inout Roff) {
    guard !command.commands.isEmpty else { return }
    page.macro("SH", "COMMANDS")
    for command in command.commands {
      page.macro("TP")
      page.line(Roff.bold(command.words.joined(separator: "-")) + "(1)")
      page.line(Roff.escaped(command.abstract ?? ""))
    }
  }

  private func tellArguments(in page: inout Roff) {
    let arguments = command.shownArguments
    page.macro("SH", "OPTIONS")
    tell(arguments.filter { $0.sectionTitle == nil }, in: &page)
    var told: Set<String> = []
    for title in arguments.compactMap(\.sectionTitle) where told.insert(title).inserted {
      page.macro("SS", title)
      tell(arguments.filter { $0.sectionTitle == title }, in: &page)
    }
  }

  private func tell(_ arguments: [CommandInfo.Argument], in page: inout Roff) {
    for (place, argument) in arguments.enumerated() {
      // A flag and its contrary are told of together.
      if place > 0, arguments[place - 1].text == argument.text {
        page.macro("TQ")
      } else {
        page.macro("TP")
      }
      page.line(heading(argument))
      let isLast = place == arguments.count - 1 || arguments[place + 1].text != argument.text
      if isLast { page.line(Roff.escaped(argument.text)) }
    }
  }

  /// `-o, --output <file>`, `--serve [<port>]`, or the name of an argument without one.
  private func heading(_ argument: CommandInfo.Argument, preferringLong: Bool = false) -> String {
    let value = Roff.italic(argument.valueName ?? "")
    guard !argument.isPositional else { return value }
    let names = (argument.names ?? []).sorted { $0.text.count < $1.text.count }.map { Roff.bold($0.text) }
    let shown = preferringLong ? names.suffix(1).joined() : names.joined(separator: ", ")
    guard argument.takesValue else { return shown }
    return argument.isFlagToo ? "\(shown) [\(value)]" : "\(shown) \(value)"
  }

  private var references: String {
    let names =
      command.words.count > 1 ? ["whisker"] : command.commands.map { $0.words.joined(separator: "-") }
    return names.map { Roff.bold($0) + "(1)" }.joined(separator: ",\n")
  }
}
