import Foundation
import TestSupport
import Testing

extension ToolTests {
  /// The shell commands of the documentation's articles.
  @Suite struct Guide {
    private let folder: TemporaryFolder
    private static let catalogue = Fixtures.root + "/Documentation/Whisker.docc/"

    init() throws { folder = try TemporaryFolder() }

    private static let articles =
      (FileManager.default.enumerator(atPath: catalogue)?.allObjects as? [String] ?? [])
      .filter { $0.hasSuffix(".md") && !commands(of: $0).isEmpty }.sorted()

    private static func commands(of article: String) -> String {
      let text = (try? String(contentsOfFile: catalogue + article, encoding: .utf8)) ?? ""
      return text.components(separatedBy: "```sh\n").dropFirst()
        .map { $0.components(separatedBy: "```")[0] }.joined()
    }

    @Test("There are articles with commands")
    func articlesAreThere() { #expect(Self.articles.count >= 6, "\(Self.articles)") }

    @Test("Every command of an article works, in its order, on pictures called as there", arguments: articles)
    func commandsWork(article: String) throws {
      let files = FileManager.default
      try files.copyItem(atPath: Fixtures.samples + "/cats-dogs/train", toPath: folder.path("photos"))
      try files.copyItem(atPath: folder.path("photos/cat/000.png"), toPath: folder.path("new.jpg"))
      let story = folder.path("story")
      try Data().write(to: URL(filePath: story))
      let output = try FileHandle(forWritingTo: URL(filePath: story))
      let process = Process()
      process.executableURL = URL(filePath: "/bin/bash")
      process.arguments = ["-euxo", "pipefail", "-c", Self.commands(of: article)]
      process.currentDirectoryURL = URL(filePath: folder.path)
      let inherited = ProcessInfo.processInfo.environment
      let path = ToolRun.tool.deletingLastPathComponent().path + ":" + (inherited["PATH"] ?? "")
      process.environment = inherited.merging(["PATH": path, "NO_COLOR": "1", "LC_ALL": "C"]) { $1 }
      process.standardInput = FileHandle.nullDevice
      (process.standardOutput, process.standardError) = (output, output)
      try process.run()
      process.waitUntilExit()
      let told = try String(contentsOfFile: story, encoding: .utf8)
      #expect(process.terminationStatus == 0, "\(told.suffix(2000))")
    }
  }
}
