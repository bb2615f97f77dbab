import FuzzTargets
import Glibc

// Runs one fuzz target. A normal build replays the given files; that of scripts/fuzz, which is linked
// to libFuzzer, generates inputs.

let arguments = CommandLine.arguments.dropFirst()
if arguments.first == "--list" {
  for target in fuzzTargets { print(target.name) }
  exit(0)
}
guard let target = fuzzTargets.first(where: { $0.name == arguments.first }) else {
  let names = fuzzTargets.map(\.name).joined(separator: ", ")
  leave(
    "usage: whisker-fuzz --list | TARGET --seeds FOLDER | TARGET FILE... (the targets are \(names))", code: 2)
}
let rest = Array(arguments.dropFirst())
do {
  if rest.first == "--seeds", rest.count == 2 {
    try SeedFolder(path: rest[1]).write(target)
  } else {
    try run(target, rest)
  }
} catch {
  leave("\(error)", code: 1)
}

func leave(_ text: String, code: Int32) -> Never {
  let line = Array("whisker-fuzz: \(text)\n".utf8)
  _ = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
  exit(code)
}
