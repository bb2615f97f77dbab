import Foundation
import TestSupport
import Testing

extension ToolTests {
  /// What is taken for data, and what is not.
  @Suite struct Layouts {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func makeNamed() throws {
      for number in 0..<8 {
        for (name, brightness) in [("cat", 20), ("dog", 200)] as [(String, UInt16)] {
          try folder.write(SmallSets.picture(brightness, number), to: "pets/train/\(name).\(number).png")
        }
        try folder.write(SmallSets.picture(90, number), to: "pets/test1/\(number).png")
      }
    }

    @Test("Runs and sweeps in the data are never classes, and what was trained there can be resumed")
    func runsInTheData() async throws {
      try SmallSets.makeFolder("pets", classes: ["cat", "dog"], in: folder)
      let options = ["--epochs", "1"] + (try SmallSets.makeNetwork(in: folder))
      for _ in 0..<2 {
        let run = try await ToolRun(
          ["train", "pets", "-o", "pets/runs/a", "--overwrite"] + options, in: folder
        )
        .finish()
        #expect(run.status == 0, "\(run.story)")
        #expect(run.output.contains("2 classes, 24 pictures"), "\(run.story)")
      }
      let resumed = try await whisker("train", "--resume", "pets/runs/a", "--epochs", "2", in: folder)
      #expect(resumed.status == 0, "\(resumed.story)")
      let sweep = try await ToolRun(
        ["sweep", "pets", "--dropout", "0.1", "--seeds", "1", "-o", "pets/sweeps/b"] + options, in: folder
      ).finish()
      #expect(sweep.status == 0, "\(sweep.story)")
      for command in [["inspect", "pets"], ["verify", "pets"], ["train", "pets"] + options] {
        let run = try await ToolRun(command, in: folder).finish()
        #expect(run.status == 0 && run.output.contains("2 classes, 24 pictures"), "\(run.story)")
        #expect(run.output.contains("2 entries ignored that Whisker wrote (runs, sweeps)"), "\(run.story)")
      }
      let predicted = try await whisker("predict", "pets/runs/a", "pets", in: folder)
      #expect(predicted.status == 0 && !predicted.output.contains("args.json"), "\(predicted.story)")
    }

    @Test("Pictures that a cache lies beside are trained on, the new ones too")
    func cacheInTheData() async throws {
      try SmallSets.makeFolder("pets", classes: ["cat", "dog"], in: folder)
      let made = try await whisker("preprocess", "pets", "-o", "pets/pets.safetensors", in: folder)
      #expect(made.status == 0, "\(made.story)")
      try SmallSets.makeFolder("pets", classes: ["cat", "dog", "owl"], each: 14, in: folder)
      for command in [
        ["inspect", "pets"], ["train", "pets", "--epochs", "1"],
        ["train", "pets", "--epochs", "1", "--cache", "pets/pets.safetensors"],
      ] {
        let run = try await ToolRun(command, in: folder).finish()
        #expect(run.status == 0 && run.output.contains("3 classes, 42 pictures"), "\(run.story)")
      }
    }

    @Test("A flat folder is refused with the option that understands it, before a run is made")
    func flatFolder() async throws {
      try makeNamed()
      let run = try await whisker("train", "pets", in: folder)
      #expect(run.status == 1 && run.output.isEmpty)
      #expect(run.errors.contains("pets/train: holds 16 files but no class folders"), "\(run.story)")
      #expect(run.errors.contains("(cat, dog), take the labels from the names: --labels-from-names"))
      #expect(!FileManager.default.fileExists(atPath: folder.path("runs")))
    }

    @Test("--labels-from-names goes with every command, is kept by a run, and makes a cache stale")
    func labelsFromNames() async throws {
      try makeNamed()
      let option = "--labels-from-names"
      let trained = try await whisker(
        "train", "pets", option, "--epochs", "1", "--cache", "c.safetensors", in: folder)
      #expect(trained.status == 0, "\(trained.story)")
      let resumed = try await whisker("train", "--resume", "runs/train1", "--epochs", "2", in: folder)
      #expect(resumed.status == 0, "\(resumed.story)")
      let evaluated = try await whisker(
        "evaluate", "runs/train1", "pets", option, "--split", "train", in: folder)
      #expect(evaluated.status == 0, "\(evaluated.story)")
      for command in ["inspect", "verify"] {
        let run = try await whisker(command, "pets", option, in: folder)
        #expect(run.status == 0 && run.output.contains("cat 8, dog 8"), "\(run.story)")
      }
      let sweep = try await whisker(
        "sweep", "pets", option, "--dropout", "0.1", "--seeds", "1", "--epochs", "1", in: folder)
      #expect(sweep.status == 0, "\(sweep.story)")
      try SmallSets.makeFolder("pets/train", classes: ["cat", "dog"], each: 2, in: folder)
      let again = try await whisker("preprocess", "pets", "-o", "c.safetensors", in: folder)
      #expect(again.status == 0 && again.output.contains("Building  c.safetensors"), "\(again.story)")
    }

    @Test("Classes that are called like splits are settled by --class-names, which the refusal prints")
    func classesCalledLikeSplits() async throws {
      try SmallSets.makeFolder("set", classes: ["valid/2020", "invalid/2020"], in: folder)
      let refused = try await whisker("train", "set", "--epochs", "1", in: folder)
      #expect(refused.status == 1)
      #expect(refused.errors.contains(": --class-names invalid,valid\n"), "\(refused.story)")
      let run = try await whisker(
        "train", "set", "--epochs", "1", "--class-names", "invalid,valid", in: folder)
      #expect(run.status == 0 && run.output.contains("invalid 12, valid 12"), "\(run.story)")
    }

    @Test("Pictures in formats that are not read are counted before the first epoch, with the command")
    func otherFormats() async throws {
      try SmallSets.makeFolder("pets", classes: ["cat", "dog"], in: folder)
      for number in 0..<3 {
        try folder.write([0, 0, 0, 24] + Array("ftypavif".utf8), to: "pets/dog/w\(number).avif")
      }
      let run = try await whisker("train", "pets", "--epochs", "1", in: folder)
      #expect(run.status == 0, "\(run.story)")
      let note =
        "3 AVIF images cannot be read, such as dog/w0.avif. Convert with: "
        + "find pets -iname '*.avif' -exec mogrify -format png {} +"
      let place = try #require(run.lines.firstIndex { $0.contains(note) }, "\(run.story)")
      #expect(try place < #require(run.lines.firstIndex { $0.contains("Epoch 1/1") }))
      #expect(
        run.errors.contains(
          "dog/w0.avif: is an AVIF image, not PNG, JPEG or WebP "
            + "(mogrify -format png converts it)")
      )
    }
  }
}
