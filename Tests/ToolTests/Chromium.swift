import Foundation
import TestSupport

/// A browser without a window, where Debian's is installed.
enum Chromium {
  static let program = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }

  /// The document at `url` as the browser has it after `seconds`, written as HTML.
  static func document(_ url: String, after seconds: Double = 2, in folder: TemporaryFolder) throws -> String
  {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program ?? "")
    process.arguments = [
      "--headless", "--no-sandbox", "--hide-scrollbars", "--disable-gpu", "--disable-dev-shm-usage",
      "--allow-file-access-from-files",
      "--user-data-dir=" + folder.path("browser"), "--virtual-time-budget=\(Int(seconds * 1000))",
      "--dump-dom", url,
    ]
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: output, as: UTF8.self)
  }
}
