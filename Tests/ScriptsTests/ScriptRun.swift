import Foundation

/// Repository root, three levels above this file.
private let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent()

func isInstalled(_ tool: String) -> Bool {
  let folders = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":") ?? []
  return folders.contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(tool)") }
}

/// One of the scripts as a process, its output in a file: a pipe would have to be drained.
final class ScriptRun {
  let process = Process()
  private let outputFile: URL

  /// Starts `scripts/NAME` with `arguments`.
  init(_ script: String, _ arguments: [String], environment: [String: String], output: URL) throws {
    outputFile = output
    try Data().write(to: output)
    let handle = try FileHandle(forWritingTo: output)
    process.executableURL = URL(filePath: "/usr/bin/env")
    // A test run in the background ignores SIGINT, and would hand that on.
    process.arguments =
      ["--default-signal=INT", "bash", root.appending(path: "scripts/\(script)").path] + arguments
    process.environment = environment
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = handle
    process.standardError = handle
    try process.run()
  }

  /// A test that runs out of time leaves by a thrown cancellation, and must not leave the script behind.
  deinit {
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
  }

  /// What the script has said so far, on either output.
  var output: String { (try? String(contentsOf: outputFile, encoding: .utf8)) ?? "" }

  /// Waits without blocking a thread.
  func finish() async throws -> (status: Int32, output: String) {
    while process.isRunning { try await Task.sleep(for: .milliseconds(10)) }
    return (process.terminationStatus, output)
  }
}
