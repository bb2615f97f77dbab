import Foundation
import Testing

/// `scripts/dropout-figures` with the programs built with the tests, and the article with its figures.
@Suite struct DropoutFiguresTests {
  private static let programs = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().path
  private static let catalogue =
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path + "/Documentation/Whisker.docc"
  private let work = FileManager.default.temporaryDirectory.appending(path: "whisker \(UUID().uuidString)")

  init() throws { try FileManager.default.createDirectory(at: work, withIntermediateDirectories: true) }

  private func figures(_ arguments: String...) async throws -> (status: Int32, output: String) {
    let build = ProcessInfo.processInfo.environment.merging(["WHISKER_BUILD": Self.programs]) { $1 }
    return try await ScriptRun(
      "dropout-figures", arguments, environment: build, output: work.appending(path: "output")
    ).finish()
  }

  /// The names of figures and tables in the article.
  private func named() throws -> Set<String> {
    let article = try String(contentsOfFile: Self.catalogue + "/Articles/DropoutMeasured.md", encoding: .utf8)
    return Set(article.matches(of: #/dropout-[a-z]+\.(?:svg|csv)/#).map { String($0.output) })
  }

  private func rows(_ folder: String, _ name: String) throws -> [[String]] {
    try String(contentsOf: work.appending(path: folder + "/" + name), encoding: .utf8)
      .split(separator: "\n").dropFirst().map { $0.split(separator: ",").map(String.init) }
  }

  @Test("The figures and tables of the article exist, are readable in light and dark mode, and are small")
  func article() throws {
    defer { try? FileManager.default.removeItem(at: work) }
    let names = try named()
    #expect(names.count >= 10)
    for name in names {
      let text = try String(contentsOfFile: "\(Self.catalogue)/Resources/\(name)", encoding: .utf8)
      #expect(text.utf8.count < 60_000, "\(name)")
      guard name.hasSuffix(".svg") else { continue }
      #expect(text.hasPrefix("<svg ") && text.hasSuffix("</svg>\n"), "\(name)")
      #expect(text.contains("prefers-color-scheme:dark") && text.contains("role=\"img\""), "\(name)")
    }
  }

  @Test("The script creates all of them from the drawn pictures, reproducibly, and leaves nothing else")
  func quick() async throws {
    defer { try? FileManager.default.removeItem(at: work) }
    let first = try await figures("--quick", "-o", work.path + "/first", "--runs", work.path + "/runs")
    #expect(first.status == 0, "\(first.output)")
    let names = try FileManager.default.contentsOfDirectory(atPath: work.path + "/first")
    #expect(try Set(names) == named())
    #expect(try rows("first", "dropout-rates.csv").map { $0[1] } == ["0", "0.3", "0.6"])
    // The mean does not depend on the rate when dividing by the probability of keeping, but does when dividing by the rate.
    for row in try rows("first", "dropout-scale.csv") {
      let (rate, kept, source) = (try #require(Double(row[0])), Double(row[1]), Double(row[2]))
      #expect(abs(try #require(kept) - 1) < 0.01)
      #expect(abs(try #require(source) * rate / (1 - rate) - 1) < 0.01)
    }
    #expect(try Set(rows("first", "dropout-time.csv").map { $0[2] }) == ["692930"])
    // Trained again in a temporary folder.
    let second = try await figures("--quick", "-o", work.path + "/second")
    #expect(second.status == 0, "\(second.output)")
    for name in names where name != "dropout-time.csv" {
      let (a, b) = (work.path + "/first/" + name, work.path + "/second/" + name)
      #expect(FileManager.default.contentsEqual(atPath: a, andPath: b), "\(name)")
    }
  }

  @Test("Wrong usage is reported", arguments: [["--slow"], ["-o"], ["--quick", "/"], ["no such folder"]])
  func misuse(arguments: [String]) async throws {
    defer { try? FileManager.default.removeItem(at: work) }
    let run = try await ScriptRun(
      "dropout-figures", arguments, environment: ProcessInfo.processInfo.environment,
      output: work.appending(path: "output")
    ).finish()
    #expect(run.status == 2 && run.output.contains("see scripts/dropout-figures --help"), "\(run.output)")
  }
}
