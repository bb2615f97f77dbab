// Writes the manual pages of a tool that tells of itself in JSON on standard input, a page for each of its commands:
//   whisker --experimental-dump-help | make-manuals FOLDER VERSION DATE
import Foundation

let arguments = CommandLine.arguments.dropFirst()
guard arguments.count == 3, let folder = arguments.first, let date = arguments.last else {
  FileHandle.standardError.write(Data("usage: make-manuals FOLDER VERSION DATE\n".utf8))
  exit(2)
}
let version = arguments[arguments.startIndex + 1]
do {
  let json = FileHandle.standardInput.readDataToEndOfFile()
  let tool = try JSONDecoder().decode(CommandInfo.Tool.self, from: json).command
  for command in [tool] + tool.commands {
    let page = ManualPage(command, version: version, date: date)
    try Data(page.text.utf8).write(to: URL(filePath: folder).appending(path: page.name + ".1"))
  }
} catch {
  FileHandle.standardError.write(Data("make-manuals: \(error)\n".utf8))
  exit(1)
}
