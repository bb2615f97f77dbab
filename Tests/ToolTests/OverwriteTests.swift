import Foundation
import TestSupport
import Testing

extension ToolTests {
  /// A run that is to be replaced stays until the new one has a model.
  @Suite struct Overwrite {
    private let folder: TemporaryFolder

    init() throws {
      folder = try TemporaryFolder()
      try SmallSets.makeFolder("good", classes: ["a", "b"], in: folder)
      try SmallSets.makeFolder("bad", classes: ["a", "b"], in: folder)
      try folder.write(Array("no picture".utf8), to: "bad/a/x.png")
    }

    private func model() throws -> Data {
      try Data(contentsOf: URL(fileURLWithPath: folder.path("run/weights/best.safetensors")))
    }

    @Test("A run that fails leaves the run that it was to replace as it was")
    func aFailureKeepsTheOldRun() async throws {
      try await whisker("train", "good", "--epochs", "2", "-o", "run", in: folder)
      let (before, files) = (try model(), folder.contents())
      let run = try await whisker(
        "train", "bad", "--on-error", "fail", "-o", "run", "--overwrite", in: folder)
      #expect(run.status == 1, "\(run.story)")
      #expect(run.errors.contains("a/x.png is a text file, not PNG, JPEG or WebP"))
      #expect(try model() == before)
      #expect(folder.contents() == files)
    }

    @Test("A user's folder in a run stays when the run is replaced, even one that is named like a part of it")
    func foldersOfTheUser() async throws {
      try await whisker("train", "good", "--epochs", "1", "-o", "run", in: folder)
      try FileManager.default.createDirectory(
        atPath: folder.path("run/head"), withIntermediateDirectories: false)
      try folder.write(Array("mine".utf8), to: "run/head/results.csv")
      let run = try await whisker(
        "train", "good", "--epochs", "1", "-o", "run", "--overwrite", in: folder)
      #expect(run.status == 0, "\(run.story)")
      let kept = try? Data(contentsOf: URL(fileURLWithPath: folder.path("run/head/results.csv")))
      #expect(kept == Data("mine".utf8))
    }

    @Test("A run that succeeds replaces all of the old one")
    func aSuccessReplacesTheOldRun() async throws {
      try await whisker("train", "good", "--epochs", "3", "-o", "run", in: folder)
      let run = try await whisker(
        "train", "good", "--epochs", "1", "--seed", "5", "-o", "run", "--overwrite", in: folder)
      #expect(run.status == 0, "\(run.story)")
      #expect(try RunFiles(folder, "run").rows("results.csv").count == 2)
      let epochs = try RunFiles(folder, "run").json("metrics.json")["epochs"] as? [Any]
      #expect(epochs?.count == 1)
      let told = try await whisker("inspect", "run", in: folder)
      #expect(told.output.contains("epoch 1,") && told.output.contains("seed 5"))
    }

    @Test("A run, the trainings of several seeds and a sweep replace each other without a trace")
    func kinds() async throws {
      let kinds = [
        ["train", "good"], ["train", "good", "--seeds", "3"], ["sweep", "good", "--dropout", "0.1,0.2"],
        ["train", "good", "--seeds", "2"], ["train", "good"],
      ]
      for (number, kind) in kinds.enumerated() {
        let options = ["--epochs", "1", "--overwrite", "-o"]
        for name in ["run", "alone\(number)"] {
          let run = try await ToolRun(kind + options + [name], in: folder).finish()
          #expect(run.status == 0, "\(run.story)")
        }
        #expect(RunFiles(folder, "run").files.sorted() == RunFiles(folder, "alone\(number)").files.sorted())
      }
      let resumed = try await whisker("train", "--resume", "run", "--epochs", "2", in: folder)
      #expect(resumed.status == 0 && resumed.epochs.count == 1, "\(resumed.story)")
    }

    @Test("A failed run takes back its own folder, and leaves one that was there before")
    func aFailureTakesBackItsFolder() async throws {
      try FileManager.default.createDirectory(atPath: folder.path("mine"), withIntermediateDirectories: true)
      for name in ["mine", "new"] {
        try await whisker("train", "bad", "--on-error", "fail", "-o", name, in: folder)
      }
      #expect(FileManager.default.fileExists(atPath: folder.path("mine")))
      #expect(!FileManager.default.fileExists(atPath: folder.path("mine/weights")))
      #expect(!FileManager.default.fileExists(atPath: folder.path("new")))
    }
  }
}
