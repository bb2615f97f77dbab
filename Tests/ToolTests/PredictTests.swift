import Foundation
import TestSupport
import Testing

extension ToolTests {
  @Suite struct Predict {
    private let folder: TemporaryFolder

    /// A model that tells dark from light is trained for every test: that takes a moment.
    init() throws {
      folder = try TemporaryFolder()
      try SmallSets.makeFolder("two", classes: ["dark", "light"], in: folder)
    }

    @Test("Text is a line per picture: path, probability, class")
    func text() async throws {
      try await train()
      let run = try await whisker("predict", "model", "two/dark/1.png", "two/light/1.png", in: folder)
      #expect(run.status == 0, "\(run.story)")
      #expect(run.errors.isEmpty)
      let words = run.lines.map { $0.split(separator: " ").map(String.init) }
      #expect(words.count == 3 && words[2].isEmpty)
      #expect(words[0][0] == "two/dark/1.png" && words[0][2] == "dark")
      #expect(words[1][0] == "two/light/1.png" && words[1][2] == "light")
      #expect(try #require(Double(words[0][1])) > 0.5)
    }

    @Test("A whole folder is predicted, in the order of the names, dot files left out")
    func wholeFolder() async throws {
      try await train()
      try folder.write([1, 2, 3], to: "two/light/.DS_Store")
      let run = try await whisker("predict", "model", "two/light/", "--format", "csv", in: folder)
      #expect(run.status == 0, "\(run.story)")
      let paths = run.lines.dropFirst().compactMap { $0.split(separator: ",").first.map(String.init) }
      let names = (0..<12).map { "two/light/\($0).png" }
      #expect(paths == names.sorted())
    }

    @Test("JSON is an object per line whose probabilities sum to one")
    func json() async throws {
      try await train()
      let run = try await whisker("predict", "model", "two", "--format", "json", in: folder)
      let answers = try run.lines.dropLast().map { try jsonObject($0) }
      #expect(answers.count == 24)
      for answer in answers {
        let probabilities = try #require(answer["probabilities"] as? [String: Double])
        #expect(Set(probabilities.keys) == ["dark", "light"])
        #expect(abs(probabilities.values.reduce(0, +) - 1) < 1e-6)
        let label = try #require(answer["label"] as? String)
        #expect(answer["probability"] as? Double == probabilities[label])
        #expect(probabilities.values.max() == probabilities[label])
      }
    }

    @Test("A bad file gets a row of its own, the others are predicted, and the exit status is 1")
    func badFile() async throws {
      try await train()
      try folder.write(Array("no picture".utf8), to: "notes.txt")
      let paths = ["two/dark/1.png", "notes.txt", "nowhere.png", "two/light/1.png"]
      let text = try await predict(paths, "text")
      #expect(text.status == 1)
      #expect(text.lines.count == 5)
      #expect(text.lines[1].contains("notes.txt") && text.lines[1].contains("error"))
      #expect(text.lines[2].contains("No such file"))
      #expect(text.lines[3].hasSuffix("light"))
      let csv = try await predict(paths, "csv")
      #expect(csv.status == 1)
      #expect(csv.lines[0] == "path,label,probability,dark,light,error")
      #expect(csv.lines[2].hasPrefix("notes.txt,,,,,"))
      #expect(csv.lines[4].hasPrefix("two/light/1.png,light,"))
      let json = try await predict(paths, "json")
      #expect(json.status == 1)
      let answers = try json.lines.dropLast().map { try jsonObject($0) }
      #expect(answers.map { $0["error"] != nil } == [false, true, true, false])
    }

    @Test(
      "An IDX file gets a row that says what reads it, gzipped or not, and other archives are called what they are"
    )
    func filesOfOtherCommands() async throws {
      try await train()
      let heads: [(name: String, bytes: [UInt8], kind: String)] = [
        ("images-idx3-ubyte", [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 7], "an IDX file"),
        ("a.tar.xz", [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00, 0], "an xz archive"),
        ("a.tar.bz2", Array("BZh9".utf8) + [0x31, 0x41, 0x59, 0x26, 0x53, 0x59, 0], "a bzip2 archive"),
        ("a.tar.zst", [0x28, 0xB5, 0x2F, 0xFD, 0], "a Zstandard archive"),
        ("a.7z", [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C, 0], "a 7z archive"),
        ("a.rar", Array("Rar!".utf8) + [0x1A, 7, 1, 0], "a RAR archive"),
      ]
      for (name, bytes, _) in heads { try folder.write(bytes, to: name) }
      let zip = Process()
      zip.executableURL = URL(fileURLWithPath: "/bin/gzip")
      zip.arguments = ["-k", folder.path("images-idx3-ubyte")]
      try zip.run()
      zip.waitUntilExit()
      let files = heads.map { ($0.name, $0.kind) } + [("images-idx3-ubyte.gz", "an IDX file")]
      for (name, kind) in files {
        let run = try await whisker("predict", "model", name, in: folder)
        #expect(run.status == 1 && run.story.contains("is \(kind), not"), "\(run.story)")
        #expect(kind != "an IDX file" || run.story.contains("whisker evaluate"), "\(run.story)")
        guard kind != "an IDX file" else { continue }
        let trained = try await whisker("train", name, in: folder)
        #expect(
          trained.status == 1 && trained.errors.contains("\(name): is \(kind), not a dataset. Expand it"),
          "\(trained.story)")
      }
    }

    @Test("Nothing but bad files is no crash", arguments: ["0", "1", "3"])
    func onlyBadFiles(workers: String) async throws {
      try await train()
      try folder.write([], to: "empty.png")
      let run = try await whisker("predict", "model", "empty.png", "--workers", workers, in: folder)
      #expect(run.status == 1)
      #expect(run.output.contains("empty.png"))
    }

    @Test("CSV quotes names with commas, quotes and line feeds")
    func quoting() async throws {
      try await train()
      for name in ["a,b.png", "say \"x\".png"] {
        try folder.write(try SmallSets.picture(20, 3), to: "odd/\(name)")
      }
      let run = try await whisker("predict", "model", "odd", "--format", "csv", in: folder)
      #expect(run.status == 0, "\(run.story)")
      #expect(run.lines[1].hasPrefix("\"odd/a,b.png\",dark,"))
      #expect(run.lines[2].hasPrefix("\"odd/say \"\"x\"\".png\",dark,"))
    }

    @Test("A name that would move the cursor is escaped, so that a line stays a line")
    func controlCharacters() async throws {
      try await train()
      try folder.write(try SmallSets.picture(20, 3), to: "odd/two\nlines\u{1B}[2J.png")
      for format in ["text", "csv"] {
        let run = try await whisker("predict", "model", "odd", "--format", format, in: folder)
        #expect(run.status == 0, "\(run.story)")
        #expect(run.output.contains(#"two\x0alines\x1b[2J.png"#), "\(run.story)")
      }
    }

    @Test("A model file does as well as a run, and a folder without pictures is refused")
    func modelAndEmptyFolder() async throws {
      try await train()
      let run = try await whisker("predict", "model/weights/last.safetensors", "two/dark", in: folder)
      #expect(run.status == 0, "\(run.story)")
      try FileManager.default.createDirectory(
        atPath: folder.path("nothing"), withIntermediateDirectories: true)
      let empty = try await whisker("predict", "model", "nothing", in: folder)
      #expect(empty.status == 1)
      #expect(empty.errors.contains("nothing: "), "\(empty.story)")
      let noModel = try await whisker("predict", "nothing", "two/dark", in: folder)
      #expect(noModel.status == 1)
      #expect(noModel.errors.contains("nothing: holds no model"), "\(noModel.story)")
    }

    private func train() async throws {
      let run = try await whisker(
        "train", "two", "--epochs", "8", "--batch-size", "4", "-o", "model", in: folder)
      #expect(run.status == 0, "\(run.story)")
    }

    private func predict(_ paths: [String], _ format: String) async throws -> ToolRun.Result {
      try await ToolRun(["predict", "model"] + paths + ["--format", format], in: folder).finish()
    }
  }
}
