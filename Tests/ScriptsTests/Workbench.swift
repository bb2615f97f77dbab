import Foundation

/// A temporary folder and a server for one test, both removed afterwards.
final class Workbench {
  let folder: URL
  let server: LoopbackServer
  var environment: [String: String]
  private let script: String
  private var runs = 0

  /// The target folder of the script. Its name has characters that reveal missing quotes.
  var target: URL { folder.appending(path: "my [data] *") }

  /// Serves `files` to `script`, and passes it the checksums of `expected`, by default the same files.
  init(
    _ script: String, serving files: [String: [UInt8]], expecting expected: [String: [UInt8]]? = nil,
    _ behavior: LoopbackServer.Behavior = .init()
  ) throws {
    self.script = script
    folder = FileManager.default.temporaryDirectory.appending(path: "whisker-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    server = try LoopbackServer(files, behavior)
    // Nothing else of the environment: no proxy and no .curlrc.
    environment = [
      "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin",
      "HOME": folder.path, "NO_PROXY": "*", "WHISKER_MIRROR": server.url,
      "WHISKER_CHECKSUMS": folder.appending(path: "sums").path,
    ]
    try writeChecksums(of: expected ?? files)
  }

  deinit {
    server.stop()
    try? FileManager.default.removeItem(at: folder)
  }

  /// As `md5sum` prints them, or `sha256sum` for the archive.
  private func writeChecksums(of files: [String: [UInt8]]) throws {
    let origin = folder.appending(path: "origin")
    try FileManager.default.createDirectory(at: origin, withIntermediateDirectories: true)
    for (name, bytes) in files { try Data(bytes).write(to: origin.appending(path: name)) }
    let tool = script == "fetch-mnist" ? "md5sum" : "sha256sum"
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", "cd '\(origin.path)' && \(tool) * > ../sums"]
    try process.run()
    process.waitUntilExit()
    try FileManager.default.removeItem(at: origin)
  }

  func start(_ arguments: String...) throws -> ScriptRun {
    runs += 1
    let output = folder.appending(path: "output-\(runs)")
    return try ScriptRun(script, arguments + [target.path], environment: environment, output: output)
  }

  func run() async throws -> (status: Int32, output: String) { try await start().finish() }

  /// Creates a file in the target folder.
  func put(_ bytes: [UInt8], at path: String) throws {
    let file = target.appending(path: path)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: file)
  }

  /// Puts an executable first in PATH.
  func shadow(_ tool: String, with text: String) throws {
    let bin = folder.appending(path: "bin")
    try FileManager.default.createDirectory(at: bin, withIntermediateDirectories: true)
    let file = bin.appending(path: tool)
    try Data(text.utf8).write(to: file)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
    environment["PATH"] = "\(bin.path):\(environment["PATH"]!)"
  }

  /// Whether the file at `path` exists and has these bytes.
  func holds(_ bytes: [UInt8], at path: String) -> Bool {
    (try? Data(contentsOf: target.appending(path: path))) == Data(bytes)
  }

  /// All files in the target folder except the lock.
  var names: [String] {
    let all = (try? FileManager.default.contentsOfDirectory(atPath: target.path)) ?? []
    return all.filter { $0 != ".fetch.lock" }.sorted()
  }

  /// Waits until `path` has some bytes.
  func waitFor(_ path: String) async throws {
    let file = target.appending(path: path)
    while ((try? Data(contentsOf: file)) ?? Data()).isEmpty { try await Task.sleep(for: .milliseconds(5)) }
  }
}

/// Reproducible pseudorandom bytes, so that shifted contents are detected.
func noise(_ count: Int, seed: UInt64) -> [UInt8] {
  var state = seed &* 2 &+ 1
  return (0..<count).map { _ in
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return UInt8(truncatingIfNeeded: state >> 56)
  }
}
