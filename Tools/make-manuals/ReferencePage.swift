/// The article about a command in the command reference.
struct ReferencePage {
  private let command: CommandInfo

  init(_ command: CommandInfo) { self.command = command }

  /// The name for links: `whisker-train`, or `CommandReference` for the root command.
  var name: String { isRoot ? "CommandReference" : command.words.joined(separator: "-") }

  private var isRoot: Bool { command.superCommands?.isEmpty ?? true }

  var text: String {
    var page = Markdown()
    page.heading(1, isRoot ? "Command reference" : command.words.joined(separator: " "))
    page.text([command.abstract ?? ""])
    page.heading(2, "Overview")
    page.code([command.synopsis(.plain)])
    for paragraph in HelpText(command.discussion ?? "").paragraphs {
      if paragraph.isExamples { page.heading(2, "Examples") }
      for part in paragraph.parts {
        if part.isExample { page.code(part.lines) } else { page.text(part.lines) }
      }
    }
    appendArguments(in: &page)
    page.topics("Commands", command.commands.map { ReferencePage($0).name })
    return page.text
  }

  private func appendArguments(in page: inout Markdown) {
    page.heading(2, "Options")
    for section in command.sections {
      if let title = section.title { page.heading(3, title) }
      page.terms(
        section.entries.map { entry in
          (entry.map { $0.heading(.plain) }.joined(separator: ", "), entry[0].text)
        })
    }
  }
}
