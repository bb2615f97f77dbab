import Foundation
import SampleImages
import TestSupport
import Testing

extension ToolTests {
  @Suite struct Explain {
    private let folder: TemporaryFolder

    init() throws {
      folder = try TemporaryFolder()
      try SmallSets.makeFolder("two", classes: ["dark", "light"], in: folder)
    }

    @discardableResult
    private func run(_ arguments: String..., status: Int32 = 0) async throws -> ToolRun.Result {
      let run = try await ToolRun(arguments, in: folder).finish()
      #expect(run.status == status, "\(run.story)")
      return run
    }

    private func train() async throws {
      try await run("train", "two", "--epochs", "3", "-o", "model", "--color-mode", "rgb")
    }

    private func files(_ name: String) throws -> [String: Data] {
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.path(name))
      return try Dictionary(uniqueKeysWithValues: names.map { ($0, try bytes("\(name)/\($0)")) })
    }

    private func bytes(_ path: String) throws -> Data {
      try Data(contentsOf: URL(fileURLWithPath: folder.path(path)))
    }

    private func records(_ name: String) throws -> [[String: Any]] {
      try String(contentsOfFile: folder.path("\(name)/heatmaps.jsonl"), encoding: .utf8)
        .split(separator: "\n").map { try jsonObject(String($0)) }
    }

    private func expectSelfContained(_ page: WebPage) {
      #expect(page.references.allSatisfy { $0.hasPrefix("data:image/png;base64,") })
      #expect(page.elements.isDisjoint(with: ["script", "link", "iframe", "object", "form", "a"]))
    }

    @Test("Each picture gets a PNG file, a line of values and a place on the page, with predict's prediction")
    func files() async throws {
      try await train()
      let explained = try await run("explain", "model", "two/dark/1.png", "two/light", "-o", "maps")
      let predicted = try await run("predict", "model", "two/dark/1.png", "two/light", "--format", "json")
      let answers = try predicted.lines.dropLast().map { try jsonObject($0) }
      let records = try records("maps")
      #expect(records.count == 13 && answers.count == 13)
      #expect(
        records[0]["image"] as? String == "0001-1.png" && records[1]["image"] as? String == "0002-0.png")
      for (record, answer) in zip(records, answers) {
        for key in ["path", "label"] { #expect(record[key] as? String == answer[key] as? String) }
        #expect(record["probability"] as? Double == answer["probability"] as? Double)
        #expect(record["class"] as? String == record["label"] as? String)
        #expect(record["height"] as? Int == 13 && record["width"] as? Int == 13)
        let values = try #require(record["values"] as? [Double])
        #expect(values.count == 169 && values.allSatisfy { (0...1).contains($0) })
        #expect([0, 1].contains(values.max()))
        let png = try bytes("maps/\(record["image"] as? String ?? "")")
        #expect(png.starts(with: [0x89, 0x50, 0x4E, 0x47]))
      }
      let rows = explained.lines.filter { $0.hasPrefix("two/") }
      #expect(rows.count == 13 && explained.output.contains("13 heat maps"), "\(explained.story)")
      let page = try WebPage(folder, "maps/index.html")
      expectSelfContained(page)
      #expect(page.references.count == 27 && page.text.contains("in 13 pictures."))
      // The pictures are pictures.
      let shown = try await run("predict", "model", "maps/0001-1.png")
      #expect(shown.output.contains("maps/0001-1.png"))
    }

    @Test("The files do not depend on threads")
    func threads() async throws {
      try await train()
      try await run("explain", "model", "two", "-o", "m1", "--threads", "1", "--workers", "0")
      try await run("explain", "model", "two", "-o", "m3", "--threads", "3", "--workers", "3")
      var (one, three) = (try files("m1"), try files("m3"))
      #expect(one.count == 26)
      // The page names the command.
      let pages = [one, three].map { String(decoding: $0["index.html"] ?? Data(), as: UTF8.self) }
      (one["index.html"], three["index.html"]) = (nil, nil)
      #expect(one == three)
      #expect(
        pages[0].replacing("-o m1 --threads 1 --workers 0", with: "")
          == pages[1].replacing("-o m3 --threads 3 --workers 3", with: ""))
    }

    @Test("--class shows what speaks for a class; an unknown one is refused with the one that was meant")
    func chosenClass() async throws {
      try await train()
      try await run("explain", "model", "two/dark/1.png", "-o", "maps", "--class", "light")
      let record = try #require(try records("maps").first)
      #expect(record["label"] as? String == "dark" && record["class"] as? String == "light")
      let (one, other) = (record["probability"] as? Double ?? 0, record["class_probability"] as? Double ?? 0)
      #expect(other < one && abs(one + other - 1) < 1e-6)
      #expect(try WebPage(folder, "maps/index.html").text.contains("shown for light"))
      let refused = try await run(
        "explain", "model", "two/dark/1.png", "-o", "other", "--class", "ligth", status: 2)
      #expect(refused.errors.contains("did you mean \"light\""), "\(refused.story)")
      #expect(!FileManager.default.fileExists(atPath: folder.path("other")))
    }

    @Test("A layer in a residual block is chosen by its path")
    func innerLayer() async throws {
      let network = #"""
        {"layers": [
          {"type": "residual", "body": [{"type": "convolution", "filters": 3, "kernel": 3, "padding": "same"}, {"type": "relu"}]},
          {"type": "flatten"}, {"type": "dense"}]}
        """#
      try folder.write(Array(network.utf8), to: "own.json")
      try await run(
        "train", "two", "--epochs", "1", "-o", "model", "--network", "own.json", "--color-mode", "rgb")
      try await run("explain", "model", "two/dark/1.png", "-o", "inner", "--layer", "0.body.1")
      try await run("explain", "model", "two/dark/1.png", "-o", "block", "--layer", "0")
      #expect(try records("inner")[0]["height"] as? Int == records("block")[0]["height"] as? Int)
      #expect(try WebPage(folder, "inner/index.html").text.contains("the output of layer 0.body.1"))
      let refused = try await run(
        "explain", "model", "two/dark/1.png", "-o", "no", "--layer", "0.body.2", status: 1)
      #expect(refused.errors.contains("or one in a residual block, such as 0.body.1"), "\(refused.story)")
    }

    @Test("A layer is chosen by its index; one without a map is refused, and a network without any")
    func layers() async throws {
      try await train()
      try await run("explain", "model", "two/dark/1.png", "-o", "first", "--layer", "0")
      #expect(try records("first")[0]["height"] as? Int == 26)
      for layer in ["4", "99", "x", ""] {
        let refused = try await run(
          "explain", "model", "two/dark/1.png", "-o", "no", "--layer", layer, status: 1)
        #expect(refused.errors.contains("Choose a layer from 0 to 3"), "\(refused.story)")
      }
      try folder.write(
        Array(#"{"layers": [{"type": "flatten"}, {"type": "dense"}]}"#.utf8), to: "dense.json")
      try await run("train", "two", "--epochs", "1", "-o", "dense", "--network", "dense.json")
      let dense = try await run("explain", "dense", "two/dark/1.png", "-o", "no", status: 1)
      #expect(
        dense.errors.contains("dense/weights/best.safetensors: has no heat maps: no convolution"),
        "\(dense.story)")
      #expect(!FileManager.default.fileExists(atPath: folder.path("no")))
    }

    @Test("An unreadable picture gets a row with the error, and the exit status is 1")
    func unreadable() async throws {
      try await train()
      try folder.write(Array("text".utf8), to: "bad.png")
      let explained = try await run(
        "explain", "model", "bad.png", "missing.png", "two/dark/1.png", "-o", "maps", status: 1)
      let records = try records("maps")
      #expect((records[0]["error"] as? String)?.contains("is a text file") == true, "\(explained.story)")
      #expect(records[1]["error"] != nil && records[1]["values"] == nil)
      #expect(records[2]["image"] as? String == "0003-1.png")
      #expect(explained.output.contains("error   is a text file"))
      #expect(try WebPage(folder, "maps/index.html").text.contains("2 files cannot be read."))
      let nothing = try await run("explain", "model", "nowhere/*.png", "-o", "none", status: 1)
      #expect(nothing.output.contains("error"), "\(nothing.story)")
    }

    /// Checks that a folder holds the files of some pictures, all in the table and on the page.
    private func expectConsistent(_ name: String, count: Int) throws {
      let records = try records(name)
      #expect(records.count == count)
      let images = try FileManager.default.contentsOfDirectory(atPath: folder.path(name)).filter {
        $0.hasSuffix(".png")
      }
      #expect(Set(images) == Set(records.compactMap { $0["image"] as? String }))
      let page = try WebPage(folder, "\(name)/index.html")
      #expect(page.text.contains("in \(count) pictures.") && page.text.contains("was stopped before"))
    }

    @Test(
      "After a signal the folder holds what was explained before, also while a list is awaited",
      arguments: [SIGINT, SIGTERM])
    func stopped(signal: Int32) async throws {
      try await train()
      let list = Pipe()
      let run = try ToolRun(["explain", "model", "-", "-o", "maps"], in: folder, input: list)
      try list.fileHandleForWriting.write(contentsOf: Data("two/dark/1.png\ntwo/dark/2.png\n".utf8))
      try await run.wait { $0.contains("two/dark/2.png") }
      run.signal(signal)
      let result = try await run.finish(within: 10)
      #expect(result.status == 128 + signal && result.output.contains("2 heat maps"), "\(result.story)")
      #expect(result.errors.contains("Stopped by a signal"))
      try expectConsistent("maps", count: 2)
      // Before the first picture, there is nothing to show.
      let early = try ToolRun(["explain", "model", "-", "-o", "none"], in: folder, input: Pipe())
      try await early.waitForHandler(of: signal)
      early.signal(signal)
      #expect(try await early.finish(within: 10).status == 128 + signal)
      #expect((try? files("none"))?.isEmpty ?? true)
      // Among many pictures.
      let all = (0..<3000).map { "two/dark/\($0 % 12).png" }.joined(separator: "\n")
      try folder.write(Array(all.utf8), to: "list.txt")
      let many = try ToolRun(
        ["-c", "exec \"$0\" explain model - -o many <list.txt", ToolRun.tool.path], in: folder,
        program: URL(filePath: "/bin/sh"))
      try await many.wait { $0.contains("two/dark/11.png") }
      many.signal(signal)
      let stopped = try await many.finish(within: 20)
      #expect(stopped.status == 128 + signal, "\(stopped.story)")
      let count = try records("many").count
      #expect(count > 11 && count < 3000)
      try expectConsistent("many", count: count)
    }

    @Test("After an error, the pictures before it have their page")
    func failed() async throws {
      try await train()
      try folder.write(Array("two/dark/1.png\ntwo/dark/2.png\nmaps/own.png\n".utf8), to: "list.txt")
      try folder.write(SmallSets.picture(30, 1), to: "maps/own.png")
      let run = try await ToolRun(
        ["-c", "exec \"$0\" explain model - -o maps <list.txt", ToolRun.tool.path], in: folder,
        program: URL(filePath: "/bin/sh")
      ).finish()
      #expect(run.status == 1 && run.errors.contains("holds the picture"), "\(run.story)")
      try FileManager.default.removeItem(atPath: folder.path("maps/own.png"))
      try expectConsistent("maps", count: 2)
    }

    @Test("Existing files stay, and nothing is written among the pictures or through a link")
    func outputs() async throws {
      try await train()
      let before = try FileManager.default.subpathsOfDirectory(atPath: folder.path("two")).sorted()
      for place in ["two", "two/maps", "two/dark/../maps"] {
        try await run("explain", "model", "two", "-o", place, status: 1)
      }
      try await run("explain", "model", "two/dark/*.png", "-o", "two/dark", status: 1)
      #expect(try FileManager.default.subpathsOfDirectory(atPath: folder.path("two")).sorted() == before)
      try folder.write(Array("mine".utf8), to: "notes/index.html")
      let refused = try await run("explain", "model", "two/dark/1.png", "-o", "notes", status: 1)
      #expect(refused.errors.contains("--overwrite"), "\(refused.story)")
      try folder.write(Array("mine".utf8), to: "pictures/0001-1.png")
      try await run("explain", "model", "two/dark/1.png", "-o", "pictures", status: 1)
      #expect(try bytes("pictures/0001-1.png") == Data("mine".utf8))
      try FileManager.default.createDirectory(
        atPath: folder.path("linked"), withIntermediateDirectories: true)
      try FileManager.default.createSymbolicLink(
        atPath: folder.path("linked/0001-1.png"), withDestinationPath: folder.path("notes/index.html"))
      try await run("explain", "model", "two/dark/1.png", "-o", "linked", "--overwrite", status: 1)
      #expect(try bytes("notes/index.html") == Data("mine".utf8))
      try await run("explain", "model", "two/dark/1.png", "-o", "pictures", "--overwrite")
      #expect(try bytes("pictures/0001-1.png").starts(with: [0x89]))
    }

    @Test("A folder of heat maps is never taken for a class")
    func ownFolder() async throws {
      try await train()
      try await run("explain", "model", "two/dark/1.png", "-o", "two/maps")
      let inspected = try await run("inspect", "two")
      #expect(inspected.output.contains("2 classes, 24 pictures"), "\(inspected.story)")
      try await run("train", "two", "--epochs", "1", "-o", "again", "--color-mode", "rgb")
    }

    @Test("Names of pictures become safe names of files, and stay names on the page")
    func hostileNames() async throws {
      try await train()
      let names = ["<b>&\"'.png", "..png", "-o.png", "a b\n.png", "\u{E4}\u{202E}.png", ".png.png", "CON"]
      for name in names { try folder.write(SmallSets.picture(30, 1), to: "odd/\(name)") }
      let long = String(repeating: "n", count: 200) + ".png"
      try folder.write(SmallSets.picture(30, 1), to: "odd/\(long)")
      try await run(["explain", "model"] + names.map { "odd/\($0)" } + ["odd/\(long)", "-o", "maps"])
      let images = try records("maps").compactMap { $0["image"] as? String }
      #expect(images.count == 8 && Set(images).count == 8)
      for image in images {
        #expect(image.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-._".contains($0)) })
        #expect(image.first?.isNumber == true && image.count < 80)
        #expect(FileManager.default.fileExists(atPath: folder.path("maps/\(image)")))
      }
      let page = try WebPage(folder, "maps/index.html")
      expectSelfContained(page)
      #expect(page.text.contains("odd/<b>&\"'.png"))
    }

    private func run(_ arguments: [String]) async throws {
      let run = try await ToolRun(arguments, in: folder).finish()
      #expect(run.status == 0, "\(run.story)")
    }

    @Test("Caches, archives and lists are explained as predict predicts them")
    func otherInputs() async throws {
      try await train()
      try await run("preprocess", "two", "-o", "two.safetensors", "--color-mode", "rgb")
      try folder.write(Array("path\ntwo/dark/3.png\ntwo/light/2.png\n".utf8), to: "list.csv")
      try await run("explain", "model", "two.safetensors", "list.csv", "-o", "maps")
      let records = try records("maps")
      #expect(records.count == 26)
      #expect(
        records.suffix(2).compactMap { $0["path"] as? String } == ["two/dark/3.png", "two/light/2.png"])
      let cached = records.first { ($0["path"] as? String)?.hasSuffix("dark/3.png") == true }
      #expect(cached?["values"] as? [Double] == records[24]["values"] as? [Double])
    }

    @Test("The map of an ensemble is the mean of its members' maps")
    func ensemble() async throws {
      try await run(
        "train", "two", "--epochs", "2", "-o", "seeds", "--seeds", "2", "--seed", "1", "--ensemble")
      var maps: [[Double]] = []
      for model in ["seeds/seed1", "seeds/seed2", "seeds"] {
        let name = "maps\(maps.count)"
        try await run("explain", model, "two/light/1.png", "-o", name, "--class", "light")
        maps.append(try #require(try records(name)[0]["values"] as? [Double]))
      }
      let sums = zip(maps[0], maps[1]).map(+)
      let top = try #require(sums.max())
      #expect(top > 0)
      for (sum, value) in zip(sums, maps[2]) { #expect(abs(sum / top - value) < 1e-5) }
    }
  }
}
