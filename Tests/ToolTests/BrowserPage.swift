import Foundation
import TestSupport

/// A page in a browser without a window that stays open: it can be asked, in its own time, what it shows. The browser is
/// spoken to through its debugging pipe, in JSON messages that end with a zero byte.
final class BrowserPage {
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  private let process = Process()
  private let (commands, answers) = (Pipe(), Pipe())
  private var received = Data()
  private var count = 0
  private var session: String?

  /// Opens the page at `url` in a window of the given width.
  init(_ url: String, width: Int = 1000, in folder: TemporaryFolder) throws {
    process.executableURL = URL(filePath: "/bin/sh")
    // The browser reads commands from descriptor 3 and answers to 4.
    process.arguments = [
      "-c", #"exec "$@" 3<&0 4>&1 </dev/null >/dev/null 2>&1"#, "sh", Chromium.program ?? "", "--headless",
      "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-pipe",
      "--window-size=\(width),800", "--user-data-dir=" + folder.path("browser"), "about:blank",
    ]
    (process.standardInput, process.standardOutput) = (commands, answers)
    try process.run()
    let target = try call("Target.createTarget", ["url": url])["targetId"] as? String ?? ""
    session =
      try call("Target.attachToTarget", ["targetId": target, "flatten": true])["sessionId"] as? String
  }

  deinit {
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  /// What a script's last expression comes to, as text; empty while there is no page yet.
  func evaluate(_ script: String) throws -> String {
    let answer = try call("Runtime.evaluate", ["expression": "String(\(script))", "returnByValue": true])
    return (answer["result"] as? [String: Any])?["value"] as? String ?? ""
  }

  /// Waits until what a script tells is as wanted.
  func wait(_ script: String, within limit: Double = 20, until isWanted: (String) -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(limit)
    while true {
      let told = try evaluate(script)
      if isWanted(told) { return }
      guard ContinuousClock.now < deadline else { throw Failure(description: "\(script) stays \(told)") }
      try await Task.sleep(for: .milliseconds(50))
    }
  }

  private func call(_ method: String, _ parameters: [String: Any]) throws -> [String: Any] {
    count += 1
    var message: [String: Any] = ["id": count, "method": method, "params": parameters]
    message["sessionId"] = session
    let data = try JSONSerialization.data(withJSONObject: message)
    try commands.fileHandleForWriting.write(contentsOf: data + [0])
    // Events come between; the answer has the call's number.
    while true {
      guard let answer = try JSONSerialization.jsonObject(with: try nextMessage()) as? [String: Any],
        answer["id"] as? Int == count
      else { continue }
      guard let result = answer["result"] as? [String: Any] else {
        throw Failure(description: "\(method): \(answer["error"] ?? "")")
      }
      return result
    }
  }

  private func nextMessage() throws -> Data {
    while true {
      if let end = received.firstIndex(of: 0) {
        defer { received = Data(received[(end + 1)...]) }
        return Data(received[..<end])
      }
      let some = answers.fileHandleForReading.availableData
      guard !some.isEmpty else { throw Failure(description: "the browser has ended") }
      received += some
    }
  }
}
