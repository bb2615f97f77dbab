import Foundation
import SampleImages
import TestSupport
import Testing
import WhiskerData

extension ToolTests {
  @Suite struct Audits {
    private let folder: TemporaryFolder

    init() throws {
      folder = try TemporaryFolder()
      try SmallSets.makeFolder("pets", classes: ["cat", "dog"], in: folder)
    }

    @discardableResult
    private func run(_ arguments: String..., status: Int32 = 0) async throws -> ToolRun.Result {
      let run = try await ToolRun(arguments, in: folder).finish()
      #expect(run.status == status, "\(run.story)")
      return run
    }

    private func rows(_ path: String) throws -> [[String]] {
      try String(contentsOfFile: folder.path(path), encoding: .utf8).split(separator: "\n").map {
        $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      }
    }

    /// A picture of rectangles, [height, width, 3].
    private func drawing(_ seed: Int, width: Int = 60, height: Int = 48, mirrored: Bool = false) -> [UInt8] {
      (0..<width * height).flatMap { place -> [UInt8] in
        let column = mirrored ? width - 1 - place % width : place % width
        let (x, y) = (Double(column) / Double(width), Double(place / width) / Double(height))
        let waves =
          sin(Double(seed) + 9 * x) + sin(7 * y + Double(2 * seed)) + sin(8 * (x - y) + Double(5 * seed))
        return [0, 20, 40].map { UInt8(100 + 30 * waves) + $0 }
      }
    }

    private func write(_ pixels: [UInt8], _ width: Int, _ height: Int, quality: Int = 95, to path: String)
      throws
    {
      let options = JPEGOptions(storage: .ycc, quality: quality)
      try folder.write(encodeJPEG(width: width, height: height, pixels: pixels, options: options), to: path)
    }

    @Test("Copies, near-copies, blank and tiny pictures are listed, and nothing is changed")
    func plain() async throws {
      for seed in 0..<4 { try write(drawing(seed), 60, 48, to: "set/train/a/\(seed).jpg") }
      for seed in 4..<8 { try write(drawing(seed), 60, 48, to: "set/train/b/\(seed).jpg") }
      try write(drawing(1), 60, 48, to: "set/train/b/copy.jpg")
      try write(drawing(2, mirrored: true), 60, 48, quality: 60, to: "set/val/a/mirrored.jpg")
      try write(drawing(9), 60, 48, to: "set/val/b/9.jpg")
      try write(drawing(5, width: 90, height: 70), 90, 70, to: "set/train/b/larger.jpg")
      try write([UInt8](repeating: 200, count: 60 * 48 * 3), 60, 48, to: "set/train/a/white.jpg")
      var icon: [UInt8] = []
      for place in 0..<120 { icon += [UInt8](repeating: UInt8(place * 71 % 256), count: 3) }
      try write(icon, 12, 10, to: "set/train/a/icon.jpg")
      try folder.write(Array("no picture".utf8), to: "set/train/a/text.jpg")
      let before = try FileManager.default.subpathsOfDirectory(atPath: folder.path("set")).sorted()

      let audit = try await run("audit", "set", "-o", "audit")
      #expect(try FileManager.default.subpathsOfDirectory(atPath: folder.path("set")).sorted() == before)
      let table = try rows("audit/audit.csv")
      #expect(
        table.first
          == ["path", "split", "class", "problem", "score", "suggested_class", "copy_of", "exclude"])
      let found = table.dropFirst().map { [$0[3], $0[0], $0[6]] }
      #expect(
        found == [
          ["copy", "train/b/copy.jpg", "train/a/1.jpg"],
          ["near-copy", "val/a/mirrored.jpg", "train/a/2.jpg"],
          ["near-copy", "train/b/larger.jpg", "train/b/5.jpg"], ["blank", "train/a/white.jpg", ""],
          ["tiny", "train/a/icon.jpg", ""],
        ], "\(audit.story)")
      for words in [
        "train/b/copy.jpg = train/a/1.jpg, in two classes",
        "val/a/mirrored.jpg ~ train/a/2.jpg, in two splits",
        "train/a/icon.jpg: 12x10 pixels", "wrong labels and outliers need features: add --backbone",
      ] { #expect(audit.output.contains(words), "\(audit.story)") }
      #expect(audit.errors.contains("train/a/text.jpg: is a text file"))

      let document = try #require(
        jsonObject(String(contentsOfFile: folder.path("audit/audit.json"), encoding: .utf8)) as [String: Any]?
      )
      #expect((document["findings"] as? [[String: Any]])?.count == 5 && document["pictures"] as? Int == 14)
      let printed = try await run("audit", "set", "--format", "json")
      #expect(try jsonObject(printed.output)["pictures"] as? Int == 14)
      let page = try WebPage(folder, "audit/audit.html")
      #expect(page.text.contains("5 findings to look at.") && page.text.contains("Near-copies"))
      try await run("audit", "set", "-o", "audit", status: 1)
      try await run("audit", "set", "-o", "set/audit", status: 1)
      try await run("audit", "set", "-o", "audit", "--overwrite")
    }

    @Test("Wrong labels are found by heads that were not trained on them")
    func labels() async throws {
      try SmallBackbone.prepare(folder)
      try await run(SmallBackbone.training())
      for number in [3, 11] {
        try FileManager.default.moveItem(
          atPath: folder.path("data/a/\(number).png"), toPath: folder.path("data/b/a\(number).png"))
      }
      let audit = try await run("audit", "data", "--backbone", "backbone", "-o", "audit")
      let wrong = try rows("audit/audit.csv").filter { $0[3] == "wrong label" }
      let first = try #require(wrong.first, "\(audit.story)")
      #expect(["b/a3.png", "b/a11.png"].contains(first[0]), "\(audit.story)")
      #expect(first[2] == "b" && first[5] == "a")
    }

    @Test("Pictures that are all alike are copies, and no label is judged")
    func alike() async throws {
      try SmallBackbone.prepare(folder)
      try await run(SmallBackbone.training())
      for number in 0..<12 {
        try write(drawing(1), 60, 48, to: "alike/\(number % 2 == 0 ? "a" : "b")/\(number).jpg")
      }
      let audit = try await run("audit", "alike", "--backbone", "backbone")
      #expect(
        audit.output.contains("11 pictures equal an earlier one") && !audit.output.contains("wrong class"),
        "\(audit.story)")
    }

    private func run(_ arguments: [String], status: Int32 = 0) async throws {
      let run = try await ToolRun(arguments, in: folder).finish()
      #expect(run.status == status, "\(run.story)")
    }

    // MARK: --exclude

    @Test("Pictures that are marked in a table or listed in a file are left out by every command")
    func exclude() async throws {
      let table =
        "path,split,class,problem,score,suggested_class,copy_of,exclude\n"
        + "cat/1.png,training,cat,blank,1,,,x\ncat/2.png,training,cat,blank,1,,,\ndog/3.png,training,dog,blank,1,,,yes\n"
      try folder.write(Array("\u{FEFF}\(table)".utf8), to: "audit.csv")
      try folder.write(Array("cat/1.png\r\npets/dog/3.png\r\n".utf8), to: "list.txt")
      for (number, list) in ["audit.csv", "list.txt"].enumerated() {
        let training = try await run(
          "train", "pets", "--exclude", list, "--epochs", "1", "-o", "run\(number)")
        #expect(
          training.output.contains("cat 11, dog 11")
            && training.output.contains("Note      2 pictures are left out: --exclude\n"), "\(training.story)"
        )
        let split = try rows("run\(number)/split.csv").map { $0[0] }
        #expect(split.count == 23 && !split.contains("cat/1.png") && !split.contains("dog/3.png"))
        let arguments = try String(contentsOfFile: folder.path("run\(number)/args.json"), encoding: .utf8)
        #expect(arguments.contains("\"excluded\""))
      }
      #expect(
        try Data(contentsOf: URL(fileURLWithPath: folder.path("run0/weights/best.safetensors")))
          == Data(contentsOf: URL(fileURLWithPath: folder.path("run1/weights/best.safetensors"))))
      try await run("train", "--resume", "run0", "--epochs", "2")
      let evaluated = try await run(
        "evaluate", "run0", "pets", "--exclude", "list.txt", "--split", "all", "--format", "json")
      #expect(try jsonObject(evaluated.output)["count"] as? Int == 22, "\(evaluated.story)")
      let cached = try await run("preprocess", "pets", "--exclude", "audit.csv", "-o", "pets.safetensors")
      #expect(cached.output.contains("cat 11, dog 11"), "\(cached.story)")
      try await run(
        "train", "pets", "--exclude", "audit.csv", "--cache", "pets.safetensors", "--epochs", "1", "-o",
        "cached")
      try await run(
        "sweep", "pets", "--exclude", "list.txt", "--dropout", "0,0.5", "--epochs", "1", "-o", "sweep")
      // The same bytes as of a folder without them.
      try FileManager.default.removeItem(atPath: folder.path("pets/cat/1.png"))
      try FileManager.default.removeItem(atPath: folder.path("pets/dog/3.png"))
      try await run("train", "pets", "--epochs", "1", "-o", "removed")
      let weights = { (run: String) in
        try Data(contentsOf: URL(fileURLWithPath: folder.path("\(run)/weights/last.safetensors"))).suffix(
          1 << 16)
      }
      #expect(try weights("removed") == weights("run1"))
    }

    @Test("A list of unknown pictures, or of none, is refused")
    func unknown() async throws {
      try folder.write(Array("cat/1.png\ncat/77.png\nbird/1.png\n".utf8), to: "list.txt")
      let refused = try await run("train", "pets", "--exclude", "list.txt", status: 1)
      #expect(
        refused.errors.contains("lacks 2 of the 3 pictures to leave out, such as cat/77.png")
          && refused.errors.contains("--exclude"), "\(refused.story)")
      try folder.write(Array("path,exclude\ncat/1.png,\n".utf8), to: "empty.csv")
      let empty = try await run("train", "pets", "--exclude", "empty.csv", status: 1)
      #expect(empty.errors.contains("names no picture to leave out"), "\(empty.story)")
      try folder.write(Array((0..<12).map { "cat/\($0).png" }.joined(separator: "\n").utf8), to: "cats.txt")
      let emptied = try await run("train", "pets", "--exclude", "cats.txt", status: 1)
      #expect(
        emptied.errors.contains("has no picture of the class cat that is not left out"), "\(emptied.story)")
    }
  }
}
