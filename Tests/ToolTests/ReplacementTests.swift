import Foundation
import TestSupport
import Testing

extension ToolTests {
  /// What a kill leaves where a run is replaced, and where one begins.
  @Suite struct Replacements {
    private let folder: TemporaryFolder
    private static let kinds = [
      ["train"], ["train", "--seeds", "2"], ["sweep", "--dropout", "0.1,0.2", "--seeds", "1"],
    ]

    init() throws {
      folder = try TemporaryFolder()
      try SmallSets.makeFolder("pets", classes: ["cat", "dog"], in: folder)
    }

    private func run(_ arguments: [String]) async throws {
      let run = try await ToolRun(arguments, in: folder).finish()
      #expect(run.status == 0, "\(run.story)")
    }

    private func contents(_ name: String) -> [String: Data] {
      let files = RunFiles(folder, name)
      return Dictionary(uniqueKeysWithValues: files.files.map { ($0, (try? files.bytes($0)) ?? Data()) })
    }

    @Test("Killed before its first checkpoint, a run leaves the one that it was to replace", arguments: kinds)
    func killedEarly(_ kind: [String]) async throws {
      try SmallSets.makeIDX("many", count: 30_000, in: folder)
      try await run(kind + ["pets", "--epochs", "1", "-o", "old"])
      let before = contents("old")
      let new = try ToolRun(kind + ["many", "-o", "old", "--overwrite"], in: folder)
      try await new.wait { _ in
        folder.contents().contains { $0.hasPrefix("old/.whisker-") && $0.hasSuffix("/args.json") }
      }
      new.signal(SIGKILL)
      _ = try await new.finish()
      #expect(contents("old").filter { !$0.key.hasPrefix(".whisker-") } == before)
      try await run(["evaluate", "old", "pets"])
      // A sweep keeps its number of epochs.
      let more = kind[0] == "train" ? ["--epochs", "2"] : []
      try await run([kind[0], "--resume", "old"] + more)
      #expect(!folder.contents().contains { $0.contains("/.whisker-") })
    }

    @Test("Killed while the new run takes the old one's place, the new one is complete when it is looked at")
    func killedWhileReplacing() async throws {
      for (number, kind) in Self.kinds.enumerated() {
        try await run(kind + ["pets", "--epochs", "1", "--seed", "\(number)", "-o", "kind\(number)"])
      }
      let files = FileManager.default
      for (old, new) in [(0, 1), (1, 2), (2, 0)] {
        let (target, expected) = (folder.path("run\(old)"), contents("kind\(new)"))
        // The old one is yet to be removed.
        try files.copyItem(atPath: folder.path("kind\(old)"), toPath: target)
        try files.copyItem(atPath: folder.path("kind\(new)"), toPath: target + "/.whisker-ready~")
        try await run(["inspect", "run\(old)"])
        #expect(contents("run\(old)") == expected)
        // Some of the new one has been moved.
        try files.createDirectory(atPath: target + "/.whisker-moving~", withIntermediateDirectories: false)
        for name in ["weights", "report.html", "split.csv"] {
          try files.moveItem(atPath: target + "/" + name, toPath: target + "/.whisker-moving~/" + name)
        }
        try files.createDirectory(atPath: target + "/weights", withIntermediateDirectories: false)
        try await run(["evaluate", "run\(old)", "pets"])
        #expect(contents("run\(old)") == expected)
      }
    }

    @Test(
      "Trainings of which none keeps a checkpoint leave the run that they were to replace", arguments: kinds)
    func diverging(_ kind: [String]) async throws {
      try await run(kind + ["pets", "--epochs", "1", "-o", "old"])
      let before = contents("old")
      let rate = ["--learning-rate", "1e39", "-o", "old", "--overwrite"]
      let new = try await ToolRun(kind + ["pets"] + rate, in: folder).finish()
      #expect(new.status == 1, "\(new.story)")
      #expect(contents("old") == before)
    }

    @Test("A sweep that replaces another has the results that it has by itself")
    func sameResults() async throws {
      let asked = [
        "train", "pets", "--seeds", "3", "--epochs", "3", "--batch-size", "4", "--threads", "2", "-o",
      ]
      try await run(asked + ["alone"])
      try await run(["train", "pets", "--epochs", "1", "-o", "over"])
      try await run(asked + ["over", "--overwrite"])
      #expect(RunFiles(folder, "over").files == RunFiles(folder, "alone").files)
      for seed in 0..<3 {
        let name = "seed\(seed)/weights/last.safetensors"
        #expect(try RunFiles(folder, "over").bytes(name) == RunFiles(folder, "alone").bytes(name))
        let over = RunFiles(folder, "over/seed\(seed)")
        #expect(try EventRecords(over).names.allSatisfy { try !EventRecords(over).count(of: $0).isDamaged })
        let page = String(decoding: try over.bytes("report.html"), as: UTF8.self)
        #expect(!page.contains(".whisker-"))
        #expect((try over.json("args.json")["commands"] as? [Any])?.count == 1)
      }
    }

    @Test("A folder that was killed before it could be resumed is used by the next run")
    func unusedFolder() async throws {
      for name in ["named", "runs/train1"] {
        try folder.write(Array("path,class,split\n".utf8), to: "\(name)/split.csv")
        try folder.write([], to: "\(name)/weights/.whisker-1a2b3c~")
      }
      try await run(["train", "pets", "--epochs", "1", "-o", "named"])
      try await run(["train", "pets", "--epochs", "1"])
      #expect(RunFiles(folder, "named").files == RunFiles(folder, "runs/train1").files)
      #expect(!folder.contents().contains { $0.contains(".whisker-") })
    }

    @Test("What a kill has left of files and trainings is gone when the run or the sweep goes on")
    func leftovers() async throws {
      try await run(["train", "pets", "--epochs", "1", "-o", "run"])
      try await run(["sweep", "pets", "--dropout", "0.1,0.2", "--seeds", "1", "--epochs", "1", "-o", "sweep"])
      let before = RunFiles(folder, "sweep").files
      for name in [
        "run/", "run/weights/", "sweep/", "sweep/weights/", "sweep/trainings/setting1-seed0/weights/",
      ] {
        try folder.write([1, 2, 3], to: name + ".whisker-0z~")
      }
      try await run(["train", "--resume", "run", "--epochs", "2"])
      try await run(["sweep", "--resume", "sweep"])
      #expect(RunFiles(folder, "sweep").files == before)
      #expect(!folder.contents().contains { $0.contains(".whisker-") })
    }

    @Test("Training that diverges in its last step ends with an error and without a model")
    func divergedLast() async throws {
      for options in [["--validation-split", "0"], ["--checkpoint-every", "1"]] {
        let asked = ["train", "pets", "--epochs", "1", "--learning-rate", "1e39", "-o", "run"] + options
        let run = try await ToolRun(asked, in: folder).finish()
        #expect(run.status == 1, "\(run.story)")
        #expect(!FileManager.default.fileExists(atPath: folder.path("run")))
      }
    }
  }
}
