import Foundation
import TestSupport
import Testing

/// A process of `whisker serve`, and a client.
final class ServerRun {
  /// A response; its status is 0 where there was none.
  struct Answer {
    let status: Int
    let headers: String
    let body: String
    var text: String { headers + "\n\n" + body }
    /// The first records of the body, by member.
    var record: [String: Any] {
      (try? JSONSerialization.jsonObject(with: Data(body.utf8))) as? [String: Any] ?? [:]
    }
  }

  let run: ToolRun
  let port: UInt16
  var address: String { "http://127.0.0.1:\(port)/" }

  /// Trains a small model in a folder, for `init`.
  static func train(in folder: TemporaryFolder) async throws {
    let trained = try await whisker("train", Fixtures.samples + "/cats-dogs", "--epochs", "1", in: folder)
    try #require(trained.status == 0, "\(trained.story)")
  }

  /// Serves a model, by default that of `train`, on a free port.
  /// - Parameter limit: A shell command before the start, such as `ulimit -n 64`.
  init(
    _ arguments: String..., model: String = "runs/train1", in folder: TemporaryFolder,
    after limit: String = ":"
  ) async throws {
    let command = ["serve", model, "--port", "0"] + arguments
    run = try ToolRun(
      ["-c", "\(limit); exec \"$@\"", "sh", ToolRun.tool.path] + command, in: folder,
      program: URL(filePath: "/bin/sh"))
    var port: UInt16?
    try await run.wait {
      port = $0.firstMatch(of: #/http:\/\/[^ ]*:(\d+)\//#).flatMap { UInt16($0.1) }
      return port != nil
    }
    self.port = try #require(port)
  }

  /// Asks with curl.
  func ask(_ target: String = "", _ options: String...) throws -> Answer {
    try ask(target, options)
  }

  func ask(_ target: String = "", _ options: [String]) throws -> Answer {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments =
      ["curl", "-s", "-i", "--noproxy", "*", "--path-as-is", "--max-time", "30"] + options + [
        address + target
      ]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return Self.answer(in: text)
  }

  /// Sends bytes, and receives until the server closes the connection.
  func exchange(_ bytes: String) throws -> Answer { try exchange(Array(bytes.utf8)) }

  /// - Parameter closesOutput: Whether the client says after the bytes that no more follow.
  func exchange(_ bytes: [UInt8], closesOutput: Bool = false) throws -> Answer {
    let connection = try #require(LoopbackConnection(port: port))
    connection.send(bytes)
    if closesOutput { connection.closeOutput() }
    return Self.answer(in: connection.receive())
  }

  /// The last response of a text; those of status 100 are left out.
  private static func answer(in text: String) -> Answer {
    var parts = text.components(separatedBy: "\r\n\r\n")
    while parts.count > 1, parts[0].contains(" 100 ") { parts.removeFirst() }
    let status = parts[0].split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    return Answer(status: status, headers: parts[0], body: parts.dropFirst().joined(separator: "\r\n\r\n"))
  }

  /// A value of the metrics.
  func metric(_ name: String) throws -> Double? {
    let line = try ask("metrics").body.split(separator: "\n").first { $0.hasPrefix("whisker_\(name) ") }
    return line?.split(separator: " ").last.flatMap { Double($0) }
  }

  /// Ends the server with a signal.
  func end(_ signal: Int32 = SIGTERM, within limit: Double = 10) async throws -> ToolRun.Result {
    run.signal(signal)
    return try await run.finish(within: limit)
  }
}
