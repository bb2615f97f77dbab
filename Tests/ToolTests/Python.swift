import Foundation
import TestSupport

/// The system's Python, where it has what a test needs.
enum Python {
  static let hasSafetensors = (try? run("import safetensors.numpy")) != nil

  /// Whether the packages are installed.
  static func has(_ packages: String...) -> Bool {
    let names = packages.map { "'\($0)'" }.joined(separator: ", ")
    return
      (try? run(
        "from importlib.util import find_spec\nassert all(find_spec(name) for name in [\(names)])")) != nil
  }

  /// Runs a program. Returns what it prints.
  /// - Throws: When there is no Python, or the program fails; with the last of what it complained of.
  static func run(_ program: String) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [ProcessInfo.processInfo.environment["WHISKER_PYTHON"] ?? "python3", "-c", program]
    let pipe = Pipe()
    process.standardOutput = pipe
    let folder = try TemporaryFolder()
    let errors = URL(fileURLWithPath: try folder.write([], to: "errors"))
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      let complaint = String(decoding: try Data(contentsOf: errors), as: UTF8.self).suffix(2000)
      throw ToolRun.Failure("the program failed: \(complaint)")
    }
    return String(decoding: output, as: UTF8.self)
  }
}
