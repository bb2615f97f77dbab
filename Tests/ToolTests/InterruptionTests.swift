import Foundation
import TestSupport
import Testing

extension ToolTests {
  @Suite(.alone) struct Interruptions {
    private let folder: TemporaryFolder

    init() throws {
      folder = try TemporaryFolder()
      try SmallSets.makeIDX("many", count: 30_000, in: folder)
    }

    @Test(
      "Ctrl-C, SIGTERM and SIGHUP in the first epoch keep the last weights, say so, and show in the exit status",
      arguments: [SIGINT, SIGTERM, SIGHUP])
    func inFirstEpoch(signal: Int32) async throws {
      let run = try ToolRun(["train", "many", "--verbose", "1"], in: folder)
      try await run.wait { $0.contains("Epoch 1/10 [") }
      run.signal(signal)
      let result = try await run.finish(within: 3)
      #expect(result.status == 128 + signal, "\(result.story)")
      #expect(result.output.contains("by a signal"))
      let files = RunFiles(folder)
      #expect(try files.json("metrics.json")["ended"] as? String == "interrupted")
      try await expectWhole(files)
      let evaluation = try await whisker("evaluate", files.last, "many", in: folder)
      #expect(evaluation.status == 0, "\(evaluation.story)")
    }

    @Test("Ctrl-C in a later epoch keeps the best weights too")
    func inLaterEpoch() async throws {
      let run = try ToolRun(["train", "many", "--epochs", "500", "--network", "mnist-convnet"], in: folder)
      try await run.wait { $0.contains("Epoch   1/500 loss") }
      run.signal(SIGINT)
      let result = try await run.finish(within: 3)
      #expect(result.status == 130, "\(result.story)")
      let files = RunFiles(folder)
      #expect(FileManager.default.fileExists(atPath: files.best))
      #expect(try files.rows("results.csv").count == result.epochs.count + 1)
      try await expectWhole(files)
    }

    @Test("A second Ctrl-C does not wait")
    func secondSignal() async throws {
      let run = try ToolRun(["train", "many", "--verbose", "1"], in: folder)
      try await run.wait { $0.contains("Epoch 1/10 [") }
      run.signal(SIGINT)
      run.signal(SIGINT)
      let result = try await run.finish(within: 3)
      #expect([130, -SIGINT].contains(result.status), "\(result.story)")
    }

    @Test("Ctrl-\\ and SIGABRT end the process at once", arguments: [SIGQUIT, SIGABRT])
    func endingSignals(signal: Int32) async throws {
      let run = try ToolRun(["train", "many", "--verbose", "1"], in: folder)
      try await run.wait { $0.contains("Epoch 1/10 [") }
      run.signal(signal)
      let result = try await run.finish(within: 3)
      #expect(result.status == -signal, "\(result.story)")
      #expect(!result.errors.contains("crashed"), "\(result.story)")
    }

    @Test("--verbose 0 keeps silent about a signal too, and the exit status shows it")
    func silently() async throws {
      let run = try ToolRun(["train", "many", "--verbose", "0"], in: folder)
      try await Task.sleep(for: .milliseconds(600))
      run.signal(SIGINT)
      let result = try await run.finish(within: 3)
      #expect(result.status == 130, "\(result.story)")
      #expect(result.output.isEmpty && result.errors.isEmpty)
    }

    @Test("Unreadable files that were met before Ctrl-C are listed all the same")
    func unreadableFiles() async throws {
      try SmallSets.makeFolder("pets", classes: ["cat", "dog"], each: 400, in: folder)
      for number in 0..<100 { try folder.write([], to: "pets/cat/bad\(number).png") }
      let options = ["--image-size", "96", "--batch-size", "8", "--verbose", "1"]
      let run = try ToolRun(["train", "pets"] + options, in: folder)
      try await run.wait { $0.contains("] 10/") || $0.contains("images/s") }
      run.signal(SIGINT)
      let result = try await run.finish(within: 5)
      #expect(result.status == 130, "\(result.story)")
      #expect(result.errors.contains("pets/cat/bad") || result.errors.contains("cat/bad"), "\(result.story)")
    }

    @Test("A kill at any moment leaves only whole files")
    func killedAtAnyMoment() async throws {
      try SmallSets.makeIDX("few", count: 600, in: folder)
      var random = SystemRandomNumberGenerator()
      for round in 1...15 {
        // Short epochs, so that much of the time is spent on writing files.
        let name = "run\(round)"
        let run = try ToolRun(["train", "few", "--epochs", "100000", "-o", name], in: folder)
        try await Task.sleep(for: .milliseconds(Int.random(in: 5...700, using: &random)))
        run.signal(SIGKILL)
        let result = try await run.finish(within: 5)
        #expect(result.status == -SIGKILL)
        try await expectWhole(RunFiles(folder, name))
      }
    }

    /// Every file of the run can be read to its end, and no other file is there.
    private func expectWhole(_ files: RunFiles) async throws {
      let known: Set = [
        "args.json", "files.csv", "metrics.json", "report.html", "results.csv", "split.csv", "weights",
        "weights/best.safetensors", "weights/last.safetensors", "weights/history.jsonl",
        "events.out.tfevents.000001",
      ]
      let names = files.files.filter { $0 != "weights" }
      let moving = names.filter { $0.contains(/(^|\/)\.whisker-[0-9a-z]+~$/) }
      let named = Set(names).subtracting(moving)
      #expect(named.isSubset(of: known) && moving.count <= 1, "\(files.files)")
      for name in named { try await expectWhole(name, of: files) }
      // What was about to take an old file's place may still have its temporary name, and is whole, too.
      for name in moving { try await expectWhole(try nameByContents(name, of: files), of: files) }
    }

    /// The name of a copy that ends as the contents would have it.
    private func nameByContents(_ name: String, of files: RunFiles) throws -> String {
      let bytes = try files.bytes(name)
      let isSafetensors = bytes.count > 8 && bytes[8] == UInt8(ascii: "{")
      let ending =
        switch try #require(bytes.first) {
        case UInt8(ascii: "{"): ".json"
        case UInt8(ascii: "<"): ".html"
        default: isSafetensors ? ".safetensors" : ".csv"
        }
      let copy = "moving" + ending
      try bytes.write(to: URL(fileURLWithPath: files.path + "/" + copy))
      return copy
    }

    private func expectWhole(_ name: String, of files: RunFiles) async throws {
      let bytes = try files.bytes(name)
      if name.hasSuffix(".safetensors") {
        let run = try await whisker("inspect", files.path + "/" + name, in: folder)
        #expect(run.status == 0, "\(run.story)")
      } else if name.contains("tfevents") {
        // It grows, and so may end in a record that is cut; all before that is whole.
        #expect(try !EventRecords(files).count(of: name).isDamaged)
      } else if name.hasSuffix(".jsonl") {
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
          _ = try jsonObject(String(line))
        }
      } else if name.hasSuffix(".json") {
        _ = try jsonObject(bytes)
      } else if name.hasSuffix(".html") {
        _ = try WebPage(bytes)
      } else {
        #expect(bytes.last == UInt8(ascii: "\n"))
        let rows = try files.rows(name)
        #expect(rows.allSatisfy { $0.count == rows[0].count })
      }
    }
  }
}
