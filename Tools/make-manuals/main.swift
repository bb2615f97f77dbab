// Writes a page per command of a tool from its help in JSON on standard input: manual pages, or the articles of the command
// reference of the documentation.
//   whisker --experimental-dump-help | make-manuals FOLDER VERSION DATE
//   whisker --experimental-dump-help | make-manuals --articles FOLDER
import Foundation

private func fail(_ words: String, status: Int32) -> Never {
  FileHandle.standardError.write(Data("\(words)\n".utf8))
  exit(status)
}

private func pages(_ arguments: [String], of commands: [CommandInfo]) -> (
  folder: String, files: [String: String]
)? {
  if arguments.count == 2, arguments[0] == "--articles" {
    let pages = commands.map { ReferencePage($0) }
    return (arguments[1], Dictionary(uniqueKeysWithValues: pages.map { ($0.name + ".md", $0.text) }))
  }
  guard arguments.count == 3 else { return nil }
  let pages = commands.map { ManualPage($0, version: arguments[1], date: arguments[2]) }
  return (arguments[0], Dictionary(uniqueKeysWithValues: pages.map { ($0.name + ".1", $0.text) }))
}

do {
  let json = FileHandle.standardInput.readDataToEndOfFile()
  let tool = try JSONDecoder().decode(CommandInfo.Tool.self, from: json).command
  guard let pages = pages(Array(CommandLine.arguments.dropFirst()), of: [tool] + tool.commands) else {
    fail("usage: make-manuals FOLDER VERSION DATE, or make-manuals --articles FOLDER", status: 2)
  }
  for (name, text) in pages.files {
    try Data(text.utf8).write(to: URL(filePath: pages.folder).appending(path: name))
  }
} catch {
  fail("make-manuals: \(error)", status: 1)
}
