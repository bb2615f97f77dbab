import Foundation
import TestSupport
import Testing

extension ToolTests {
  /// The commands of the README.
  @Suite struct Readme {
    private let folder: TemporaryFolder
    private static let text =
      (try? String(contentsOfFile: Fixtures.root + "/README.md", encoding: .utf8)) ?? ""

    init() throws { folder = try TemporaryFolder() }

    /// The lines of all blocks of one language.
    private static func lines(of language: String) -> [String] {
      let blocks = text.components(separatedBy: "```\(language)\n").dropFirst()
      return blocks.flatMap { $0.components(separatedBy: "```")[0].split(separator: "\n").map(String.init) }
    }

    @Test("Every whisker command of the README works, in its order, on pictures called as there")
    func commandsWork() async throws {
      let commands = Self.lines(of: "sh").filter { $0.hasPrefix("whisker ") }
      #expect(commands.count > 5)
      let files = FileManager.default
      try files.copyItem(atPath: Fixtures.samples + "/cats-dogs/train", toPath: folder.path("photos"))
      let picture = try #require(try files.contentsOfDirectory(atPath: folder.path("photos/cat")).first)
      try files.copyItem(atPath: folder.path("photos/cat/\(picture)"), toPath: folder.path("new.jpg"))
      for command in commands {
        let run = try await ToolRun(command.split(separator: " ").dropFirst().map(String.init), in: folder)
          .finish()
        #expect(run.status == 0, "\(command)\n\(run.story)")
      }
    }

    @Test("The options of the README's table of accuracies train")
    func tableWorks() async throws {
      let files = FileManager.default
      try files.copyItem(atPath: Fixtures.samples + "/cats-dogs/train", toPath: folder.path("photos"))
      try folder.write(Array(Self.lines(of: "json").joined(separator: "\n").utf8), to: "own.json")
      try await makeBackbone()
      let rows = Self.text.split(separator: "\n").filter { $0.hasPrefix("|") && $0.contains("| ") }
      let options = rows.flatMap { row in
        row.matches(of: #/`(--[^`]+)`/#).map { $0.1.replacing(#/--epochs \d+/#, with: "--epochs 1") }
      }
      #expect(options.count > 4)
      for words in options {
        let arguments =
          ["train", "photos"] + words.split(separator: " ").map(String.init)
          + (words.contains("--epochs") ? [] : ["--epochs", "1"])
          + (words.contains("--ensemble") ? ["--seeds", "2"] : [])
        let run = try await ToolRun(arguments, in: folder).finish()
        #expect(run.status == 0, "\(words)\n\(run.story)")
      }
    }

    /// A small model with the name of the backbone that the README names, whose weights are not at hand.
    private func makeBackbone() async throws {
      let options = ["--network", "residual", "--image-size", "32", "--color-mode", "rgb", "--epochs", "1"]
      let run = try await ToolRun(["train", "photos", "-o", "backbone"] + options, in: folder).finish()
      #expect(run.status == 0, "\(run.story)")
      try FileManager.default.copyItem(
        atPath: folder.path("backbone/weights/best.safetensors"),
        toPath: folder.path("efficientnet-lite0.safetensors"))
    }

    @Test("The network of one's own that the README shows trains")
    func networkWorks() async throws {
      try folder.write(Array(Self.lines(of: "json").joined(separator: "\n").utf8), to: "own.json")
      let digits = Fixtures.samples + "/digits"
      let run = try await whisker("train", digits, "--network", "own.json", "--epochs", "1", in: folder)
      #expect(run.status == 0, "\(run.story)")
    }

    @Test("Every script and file that the README names is there")
    func filesExist() {
      let names = Self.text.matches(of: #/(?:scripts|data|Documentation)/[A-Za-z0-9./_-]*[A-Za-z0-9]/#).map {
        String($0.output)
      }
      #expect(names.count > 5)
      for name in names {
        #expect(FileManager.default.fileExists(atPath: "\(Fixtures.root)/\(name)"), "\(name)")
      }
    }
  }
}
