import Foundation

/// The system's Python, where it has what a test needs.
enum Python {
  static let hasSafetensors = (try? run("import safetensors.numpy")) != nil

  /// Runs a program. Returns what it prints.
  /// - Throws: When there is no Python, or the program fails.
  static func run(_ program: String) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [ProcessInfo.processInfo.environment["WHISKER_PYTHON"] ?? "python3", "-c", program]
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw ToolRun.Failure("the program failed") }
    return String(decoding: output, as: UTF8.self)
  }
}
