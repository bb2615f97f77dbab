import Foundation

/// Repository root, three levels above this file.
private let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent()

func isInstalled(_ tool: String) -> Bool {
  let folders = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":") ?? []
  return folders.contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(tool)") }
}

/// A script as a process. Its output goes to a file, because a pipe would have to be drained.
final class ScriptRun {
  let process = Process()
  private let outputFile: URL

  /// Starts `scripts/NAME` with `arguments`.
  init(_ script: String, _ arguments: [String], environment: [String: String], output: URL) throws {
    outputFile = output
    try Data().write(to: output)
    let handle = try FileHandle(forWritingTo: output)
    process.executableURL = URL(filePath: "/usr/bin/env")
    // A test run in the background ignores SIGINT, which the script would inherit.
    process.arguments =
      ["--default-signal=INT", "bash", root.appending(path: "scripts/\(script)").path] + arguments
    process.environment = environment
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = handle
    process.standardError = handle
    try process.run()
  }

  /// Ends the script, also when a test exceeds its time limit and throws a cancellation.
  deinit {
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
  }

  /// The script's output so far, standard output and standard error.
  var output: String { (try? String(contentsOf: outputFile, encoding: .utf8)) ?? "" }

  /// Waits without blocking a thread.
  func finish() async throws -> (status: Int32, output: String) {
    while process.isRunning { try await Task.sleep(for: .milliseconds(10)) }
    return (process.terminationStatus, output)
  }
}
