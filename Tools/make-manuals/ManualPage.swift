/// The manual page of a command.
struct ManualPage {
  private let command: CommandInfo
  private let version: String
  private let date: String

  /// - Parameter date: The date of the version, `2026-11-24`.
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
    page.line(command.synopsis(Roff.marking))
    page.macro("SH", "DESCRIPTION")
    page.paragraphs(HelpText(command.discussion ?? command.abstract ?? ""))
    appendCommands(in: &page)
    appendArguments(in: &page)
    page.macro("SH", "SEE ALSO")
    page.line(references)
    return page.text
  }

  /// The abstract without its final period.
  private var summary: String {
    let abstract = command.abstract ?? ""
    return abstract.hasSuffix(".") ? String(abstract.dropLast()) : abstract
  }

  private func appendCommands(in page: inout Roff) {
    guard !command.commands.isEmpty else { return }
    page.macro("SH", "COMMANDS")
    for command in command.commands {
      page.macro("TP")
      page.line(Roff.bold(command.words.joined(separator: "-")) + "(1)")
      page.line(Roff.escaped(command.abstract ?? ""))
    }
  }

  private func appendArguments(in page: inout Roff) {
    page.macro("SH", "OPTIONS")
    for section in command.sections {
      if let title = section.title { page.macro("SS", title) }
      for entry in section.entries { append(entry, in: &page) }
    }
  }

  private func append(_ entry: [CommandInfo.Argument], in page: inout Roff) {
    for (place, argument) in entry.enumerated() {
      page.macro(place == 0 ? "TP" : "TQ")
      page.line(argument.heading(Roff.marking))
    }
    page.line(Roff.escaped(entry[0].text))
  }

  private var references: String {
    let names =
      command.words.count > 1 ? ["whisker"] : command.commands.map { $0.words.joined(separator: "-") }
    return names.map { Roff.bold($0) + "(1)" }.joined(separator: ",\n")
  }
}
