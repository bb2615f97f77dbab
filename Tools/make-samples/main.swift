import Foundation

let arguments = CommandLine.arguments.dropFirst()
guard let directory = arguments.first, arguments.count == 1, !directory.hasPrefix("-") else {
  complain("usage: make-samples DIR")
  exit(2)
}

do {
  let root = URL(fileURLWithPath: directory, isDirectory: true)
  try writePets(to: root.appendingPathComponent("cats-dogs", isDirectory: true))
  try writeDigits(to: root.appendingPathComponent("digits", isDirectory: true))
} catch {
  complain("make-samples: \(error)")
  exit(1)
}

func complain(_ message: String) {
  FileHandle.standardError.write(Data((message + "\n").utf8))
}
