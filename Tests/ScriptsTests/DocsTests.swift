import Foundation
import Testing

/// `scripts/docs` with the libraries and programs built with the tests.
@Suite struct DocsTests {
  private static let programs = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().path
  private let work = FileManager.default.temporaryDirectory.appending(path: "whisker-\(UUID().uuidString)")

  init() throws { try FileManager.default.createDirectory(at: work, withIntermediateDirectories: true) }

  private func docs(_ arguments: String...) async throws -> (status: Int32, output: String) {
    let build = ProcessInfo.processInfo.environment.merging(["WHISKER_BUILD": Self.programs]) { $1 }
    return try await ScriptRun(
      "docs", arguments, environment: build, output: work.appending(path: "output")
    ).finish()
  }

  private func text(_ path: String) throws -> String {
    try String(contentsOf: work.appending(path: path), encoding: .utf8)
  }

  @Test(
    "The site has the articles, every option of every command, and the libraries, and no broken link",
    .enabled(if: isInstalled("docc"), "there is no docc: it comes with Swift"))
  func site() async throws {
    defer { try? FileManager.default.removeItem(at: work) }
    let made = try await docs("--base-path", "/some/where", work.path + "/site")
    #expect(made.status == 0, "\(made.output.suffix(4000))")
    #expect(!made.output.contains("warning:"), "\(made.output.suffix(4000))")
    let front = try text("site/documentation/whisker/index.html")
    #expect(front.contains("\"/some/where/js/") && front.contains("baseUrl = \"/some/where/\""))
    for page in ["whisker/gettingstarted", "whiskerdata/dataset", "whiskertraining/trainingsession"] {
      #expect(try !text("site/data/documentation/\(page).json").isEmpty)
    }
    for command in ["train", "evaluate", "predict", "preprocess", "export", "import"] {
      let page = try text("site/data/documentation/whisker/whisker-\(command).json")
      let help = try help(of: command)
      for option in help.matches(of: #/^  (?:-\w, )?(--[a-z-]+)/#.anchorsMatchLineEndings()) {
        #expect(page.contains("\(option.1)"), "\(option.1) of \(command)")
      }
      #expect(help.contains("--help"))
    }
    // An existing site is replaced.
    let again = try await docs(work.path + "/site")
    #expect(again.status == 0, "\(again.output.suffix(4000))")
    #expect(try text("site/documentation/whisker/index.html").contains("baseUrl = \"/\""))
  }

  private func help(of command: String) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: Self.programs + "/whisker")
    process.arguments = [command, "--help"]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: output, as: UTF8.self)
  }

  @Test("Other folders are not replaced, and wrong usage is reported")
  func refused() async throws {
    defer { try? FileManager.default.removeItem(at: work) }
    let other = work.appending(path: "other")
    try FileManager.default.createDirectory(at: other, withIntermediateDirectories: true)
    try Data([1]).write(to: other.appending(path: "precious"))
    let refused = try await docs(other.path)
    #expect(refused.status == 1 && refused.output.contains("name another folder"), "\(refused.output)")
    #expect(FileManager.default.fileExists(atPath: other.path + "/precious"))
    for wrong in [["--frobnicate"], ["a", "b"], [""], ["--base-path"], ["--base-path", "a b"]] {
      let output = work.appending(path: "output")
      let result = try await ScriptRun(
        "docs", wrong, environment: ProcessInfo.processInfo.environment, output: output
      ).finish()
      #expect(result.status == 2 && result.output.contains("--help"), "\(wrong): \(result.output)")
    }
  }
}
