import Foundation
import TestSupport
import Testing

extension ToolTests {
  @Suite(.alone) struct PredictLists {
    private let folder: TemporaryFolder

    init() async throws {
      folder = try TemporaryFolder()
      try SmallSets.makeFolder("two", classes: ["dark", "light"], in: folder)
      try await whisker("train", "two", "--epochs", "8", "--batch-size", "4", "-o", "model", in: folder)
    }

    @Test("A pattern is expanded by the tool, and a file whose name looks like one is that file")
    func patterns() async throws {
      let run = try await whisker("predict", "model", "two/d*k/1?.png", "--format", "csv", in: folder)
      #expect(run.status == 0, "\(run.story)")
      #expect(paths(run) == ["two/dark/10.png", "two/dark/11.png"])
      try folder.write(try SmallSets.picture(20, 3), to: "[1]*.png")
      try folder.write(try SmallSets.picture(20, 4), to: "1.png")
      let literal = try await whisker("predict", "model", "[1]*.png", "--format", "csv", in: folder)
      #expect(paths(literal) == ["[1]*.png"])
      let nothing = try await whisker("predict", "model", "two/*.gif", "two/dark/1.png", in: folder)
      #expect(nothing.status == 1)
      #expect(nothing.lines[0].contains("two/*.gif") && nothing.lines[0].contains("error"))
      #expect(nothing.lines[1].hasSuffix("dark"))
    }

    @Test("A list on standard input names files and folders, a path per line")
    func lines() async throws {
      let run = try await predict(["-"], reading: "two/dark/3.png\n\ntwo/light\nnowhere.png\ntwo/dark/1.png")
      #expect(run.status == 1, "\(run.story)")
      let light = (0..<12).map { "two/light/\($0).png" }.sorted()
      #expect(paths(run) == ["two/dark/3.png"] + light + ["nowhere.png", "two/dark/1.png"])
    }

    @Test("Paths that end with zero bytes may hold line feeds")
    func zeroBytes() async throws {
      try folder.write(try SmallSets.picture(20, 3), to: "two\nlines.png")
      for option in ["-0", "--null"] {
        let run = try await predict(["-", option], reading: "two\nlines.png\0two/light/1.png\0")
        #expect(run.status == 0, "\(run.story)")
        #expect(paths(run) == [#"two\x0alines.png"#, "two/light/1.png"])
      }
    }

    @Test("An empty list, and one that is none, are refused")
    func noList() async throws {
      let empty = try await predict(["-"], reading: "\n")
      #expect(empty.status == 1 && empty.errors.contains("standard input"), "\(empty.story)")
      #expect(empty.output.isEmpty)
      let endless = try await predict(["-"], reading: String(repeating: "x", count: 200_000))
      #expect(endless.status == 1 && endless.errors.contains("path of more than"), "\(endless.story)")
    }

    @Test(
      "A file that is no list is a row among others, a list names files, and a shard's pictures need no labels"
    )
    func tablesAndShards() async throws {
      try folder.write(Array("name,note\na,b\n".utf8), to: "notes.csv")
      let named = ["two/dark/1.png", "notes.csv", "two/light/1.png"]
      let stray = try await ToolRun(["predict", "model", "--format", "csv"] + named, in: folder).finish()
      #expect(stray.status == 1 && paths(stray) == named, "\(stray.story)")

      try folder.write(try SmallSets.picture(20, 3), to: "-")
      try folder.write(Array("path\n-\n".utf8), to: "list.csv")
      let listed = try await predict(["list.csv"], reading: "two/dark/1.png\n")
      #expect(listed.status == 0 && paths(listed) == ["./-"], "\(listed.story)")

      var shard = TarWriter.entry("1.png", try SmallSets.picture(20, 1))
      shard += TarWriter.entry("1.cls", Array("dark".utf8))
      shard += TarWriter.entry("2.png", try SmallSets.picture(220, 2))
      shard += TarWriter.entry("3.png", kind: "2") + TarWriter.end
      try folder.write(shard, to: "shard.tar")
      let all = try await whisker("predict", "model", "shard.tar", "--format", "csv", in: folder)
      #expect(all.status == 1 && paths(all).sorted() == ["1.png", "2.png", "3.png"], "\(all.story)")
      let limited = try await whisker(
        "predict", "model", "shard.tar", "--format", "csv", "--max-pixels", "100", in: folder)
      let rows = limited.lines.dropFirst().filter { !$0.isEmpty }
      #expect(rows.count == 3 && rows.allSatisfy { $0.contains(",,") }, "\(limited.story)")
    }

    @Test("A list that is still being written is answered as far as it goes")
    func slowList() async throws {
      let input = Pipe()
      let run = try ToolRun(["predict", "model", "-", "--format", "csv"], in: folder, input: input)
      for number in 1...3 {
        try input.fileHandleForWriting.write(contentsOf: Data("two/dark/\(number).png\n".utf8))
        try await run.wait(within: 10) { $0.contains("two/dark/\(number).png,dark") }
      }
      try input.fileHandleForWriting.close()
      #expect(try await run.finish().status == 0)
    }

    @Test(
      "The first answer about a large folder does not wait for the rest, and the order is that of the names")
    func largeFolder() async throws {
      let count = 30_000
      let picture = try folder.write(try SmallSets.picture(20, 3), to: "picture.png")
      try FileManager.default.createDirectory(atPath: folder.path("large"), withIntermediateDirectories: true)
      for number in 0..<count { #expect(link(picture, folder.path("large/\(number).png")) == 0) }
      let run = try await whisker("predict", "model", "large", "--format", "csv", in: folder)
      #expect(run.status == 0 && run.errors.isEmpty)
      #expect(try #require(run.firstOutput) < run.seconds / 2)
      let names = (0..<count).map { "large/\($0).png" }
      #expect(paths(run) == names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
    }

    @Test("A folder that cannot be entered is a row, and the others are predicted")
    func linksInFolders() async throws {
      try FileManager.default.createDirectory(
        atPath: folder.path("some/b"), withIntermediateDirectories: true)
      for name in ["a", "c", "b/d"] { try folder.write(try SmallSets.picture(20, 3), to: "some/\(name).png") }
      #expect(symlink("..", folder.path("some/b/loop")) == 0)
      let refused = try await whisker("predict", "model", "some", "--format", "csv", in: folder)
      #expect(refused.status == 1)
      #expect(paths(refused) == ["some/a.png", "some/b/d.png", "some/b/loop", "some/c.png"])
      #expect(refused.lines[3].contains("symbolic link"))
      let followed = try await whisker(
        "predict", "model", "some", "--format", "csv", "--follow-links", in: folder)
      #expect(followed.lines[3].contains("leads back to a folder above it"), "\(followed.story)")
    }

    @Test("A single prediction, the start of the process included, takes a moment")
    func latency() async throws {
      var seconds: [Double] = []
      for _ in 0..<7 {
        seconds.append(try await whisker("predict", "model", "two/dark/1.png", in: folder).seconds)
      }
      // 20 ms on an idle machine; the tests run side by side.
      #expect(try #require(seconds.min()) < 0.5)
    }

    private func predict(_ options: [String], reading list: String) async throws -> ToolRun.Result {
      let file = try folder.write(Array(list.utf8), to: "list")
      let input = Pipe()
      let run = try ToolRun(["predict", "model", "--format", "csv"] + options, in: folder, input: input)
      let bytes = try Data(contentsOf: URL(fileURLWithPath: file))
      // The tool may refuse the list before it has read it.
      signal(SIGPIPE, SIG_IGN)
      try? input.fileHandleForWriting.write(contentsOf: bytes)
      try input.fileHandleForWriting.close()
      return try await run.finish()
    }

    private func paths(_ run: ToolRun.Result) -> [String] {
      run.lines.dropFirst().compactMap { $0.split(separator: ",").first.map(String.init) }
    }
  }
}
