import Foundation
import TestSupport
import Testing

extension ToolTests {
  @Suite struct Recipes {
    private let folder: TemporaryFolder
    private let pets = Fixtures.samples + "/cats-dogs/train"

    init() throws { folder = try TemporaryFolder() }

    @Test("A recipe sets options, prints them, and leaves those that are typed")
    func optionsAreSet() async throws {
      let run = try await whisker(
        "train", pets, "--epochs", "1", "--recipe", "photo", "--image-size=32", "--augment", "flip", "-o",
        "run",
        in: folder)
      #expect(run.status == 0, "\(run.story)")
      let line = try #require(run.lines.first { $0.hasPrefix("Recipe    photo: ") }, "\(run.story)")
      #expect(line.contains("--color-mode rgb --network residual --batch-size 32"), "\(line)")
      #expect(
        !line.contains("--epochs") && !line.contains("--image-size") && !line.contains("flip"), "\(line)")
      let arguments = try RunFiles(folder, "run").json("args.json")
      let configuration = try #require(arguments["configuration"] as? [String: Any])
      let optimization = try #require(configuration["optimization"] as? [String: Any])
      #expect(optimization["batchSize"] as? Int == 32 && optimization["epochs"] as? Int == 1)
      #expect(optimization["labelSmoothing"] as? Double == 0.1)
      let data = try #require(configuration["data"] as? [String: Any])
      let preprocessing = try #require(data["preprocessing"] as? [String: Any])
      #expect(preprocessing["height"] as? Int == 32 && preprocessing["color_mode"] as? String == "rgb")
    }

    @Test("A recipe is named in upper case too, the last one counts, and gray pictures have no saturation")
    func namesAndModes() async throws {
      let options = ["--color-mode", "grayscale", "--image-size", "32", "--epochs", "1", "-o", "run"]
      let run = try await ToolRun(
        ["train", pets, "--recipe", "digits", "--recipe=PHOTO"] + options, in: folder
      ).finish()
      #expect(run.status == 0, "\(run.story)")
      #expect(run.output.contains("Recipe    photo: --network residual --batch-size 32"), "\(run.story)")
      let arguments = try RunFiles(folder, "run").json("args.json")
      let configuration = try #require(arguments["configuration"] as? [String: Any])
      let optimization = try #require(configuration["optimization"] as? [String: Any])
      #expect(optimization["batchSize"] as? Int == 32 && optimization["labelSmoothing"] as? Double == 0.1)
      let data = try #require(configuration["data"] as? [String: Any])
      let strengths = try #require(data["augmentation"] as? [String: Any])
      #expect(strengths["saturation"] as? Double == 0 && strengths["rotate"] as? Double == 11)
    }

    @Test("A sweep has the options of a recipe")
    func sweeps() async throws {
      let run = try await whisker(
        "sweep", pets, "--recipe", "digits", "--epochs", "1", "--dropout", "0.1:0.2:0.1", "--seeds", "1",
        "-o",
        "sweep",
        in: folder)
      #expect(run.status == 0, "\(run.story)")
      #expect(
        run.output.contains(
          "Recipe    digits: --network digits --batch-size 64 --optimizer muon --weight-decay 0.05"),
        "\(run.story)")
    }

    @Test("A typed learning rate is not searched for; with a recipe, it is")
    func learningRates() async throws {
      let options = ["train", pets, "--recipe", "digits", "--find-learning-rate"]
      let refused = try await ToolRun(options + ["--learning-rate", "0.1"], in: folder).finish()
      #expect(refused.status == 2 && refused.errors.contains("with --learning-rate"), "\(refused.story)")
      let found = try await ToolRun(options, in: folder).finish()
      #expect(found.status == 0 && found.output.contains("whisker train --learning-rate "), "\(found.story)")
    }

    @Test("A network in which every layer is frozen is not trained")
    func frozen() async throws {
      let layers = #"{"layers": [{"type": "flatten"}, {"type": "dense", "trainable": false}]}"#
      try folder.write(Array(layers.utf8), to: "frozen.json")
      let run = try await whisker("train", pets, "--network", "frozen.json", in: folder)
      #expect(run.status == 1 && run.errors.contains("no trainable parameters"), "\(run.story)")
    }

    @Test("Training samples of another size: the model is validated and saved at --image-size")
    func trainingSize() async throws {
      let run = try await whisker(
        "train", pets, "--recipe", "photo", "--image-size", "48", "--train-size", "32", "--epochs", "2",
        "--average-weights", "-o", "run", in: folder)
      #expect(run.status == 0, "\(run.story)")
      #expect(run.output.contains("48x48 rgb") && run.output.contains("trained at 32x32"), "\(run.story)")
      let evaluated = try await whisker(
        "evaluate", "run/weights/averaged.safetensors", pets, "--format", "json", in: folder)
      #expect(evaluated.status == 0, "\(evaluated.story)")
      let rows = try RunFiles(folder, "run").rows("results.csv")
      let column = try #require(rows[0].firstIndex(of: "average_val_loss"))
      let losses = rows.dropFirst().compactMap { Double($0[column]) }
      let loss = try #require(jsonObject(evaluated.output)["loss"] as? Double)
      #expect(losses.contains { abs($0 - loss) < 1e-5 }, "\(loss) is none of \(losses)")
    }

    @Test(
      "Training samples of several sizes: equal sizes are one size, and an interrupted training ends in the same bytes"
    )
    func severalTrainingSizes() async throws {
      let options = [
        "train", pets, "--recipe", "photo", "--image-size", "48", "--epochs", "12", "--average-weights",
      ]
      @discardableResult func run(_ name: String, _ sizes: String, _ more: [String] = []) async throws
        -> ToolRun.Result
      {
        try await ToolRun(options + ["--train-size", sizes, "-o", name] + more, in: folder).finish()
      }
      func expectSameModels(_ first: String, _ second: String) throws {
        for weights in ["last", "averaged"] {
          let file = "weights/\(weights).safetensors"
          #expect(try RunFiles(folder, first).bytes(file) == RunFiles(folder, second).bytes(file))
        }
      }
      let whole = try await run("grown", "24,32")
      #expect(whole.status == 0 && whole.output.contains("trained at 24x24, 32x32"), "\(whole.story)")
      try await run("threads", "24,32", ["--threads", "3", "--workers", "0"])
      try expectSameModels("grown", "threads")

      let stopped = try ToolRun(options + ["--train-size", "24,32", "-o", "stopped"], in: folder)
      try await stopped.wait { $0.contains("Epoch  3/12") }
      stopped.signal(SIGINT)
      #expect(try await stopped.finish().status == 128 + SIGINT)
      let resumed = try await whisker("train", "--resume", "stopped", in: folder)
      #expect(resumed.status == 0, "\(resumed.story)")
      try expectSameModels("grown", "stopped")

      try await run("equal", "32,32")
      try await run("one", "32")
      try await run("short", "24,32", ["--epochs", "1"])
      try await run("last", "32", ["--epochs", "1"])
      try expectSameModels("short", "last")
      try expectSameModels("equal", "one")
      #expect(
        try RunFiles(folder, "one").bytes("weights/last.safetensors")
          != RunFiles(folder, "grown").bytes("weights/last.safetensors"))
    }

    @Test("Training samples of another size are refused where the network or the pictures do not allow them")
    func trainingSizeLimits() async throws {
      let cases: [(options: [String], status: Int32, message: String)] = [
        (["--image-size", "32", "--train-size", "28"], 1, "omit --train-size"),
        (
          ["--network", "residual", "--image-size", "32", "--train-size", "33"], 1,
          "use a smaller --train-size"
        ),
        (["--backbone", "none.safetensors", "--train-size", "32"], 2, "--train-size"),
        (["--train-size", "0"], 2, "--train-size"), (["--train-size", "24,"], 2, "--train-size"),
        (["--image-size", "32", "--train-size", "28,32"], 1, "omit --train-size"),
      ]
      for (options, status, message) in cases {
        let run = try await ToolRun(["train", pets, "-o", "refused"] + options, in: folder).finish()
        #expect(run.status == status && run.errors.contains(message), "\(run.story)")
      }
    }

    @Test("A resumed run keeps its options: a recipe is refused by its name")
    func resumption() async throws {
      let run = try await whisker("train", "--resume", "run", "--recipe", "photo", in: folder)
      #expect(
        run.status == 2 && run.errors.contains("--recipe cannot be combined with --resume"), "\(run.story)")
    }

    @Test("A sheet of augmented samples is not written into the dataset, also through a link")
    func sheetsStayOutside() async throws {
      let files = FileManager.default
      try files.copyItem(atPath: pets, toPath: folder.path("photos"))
      try files.createSymbolicLink(
        atPath: folder.path("link"), withDestinationPath: folder.path("photos/cat"))
      for path in ["photos/cat/sheet.png", "link/new/sheet.png", "photos/sheet.png"] {
        let run = try await whisker(
          "train", "photos", "--augment", "flip", "--show-augmentation", path, in: folder)
        #expect(run.status == 1 && run.errors.contains("would become part of the dataset"), "\(run.story)")
        #expect(!files.fileExists(atPath: folder.path(path)))
      }
      let other = try await whisker(
        "train", "photos", "--augment", "flip", "--show-augmentation", "sheet.txt", in: folder)
      #expect(other.status == 2 && other.errors.contains("must end in .png"), "\(other.story)")
    }

    @Test("A network with batch norm is the same on any number of threads, and after it is resumed")
    func batchNormIsRepeatable() async throws {
      let options = ["train", pets, "--recipe", "digits", "--schedule", "constant", "--batch-size", "50"]
      for (name, more) in [
        ("whole", ["--epochs", "2", "--threads", "2"]), ("part", ["--epochs", "1", "--threads", "1"]),
      ] {
        let run = try await ToolRun(options + more + ["-o", name], in: folder).finish()
        #expect(run.status == 0, "\(run.story)")
      }
      let resumed = try await whisker(
        "train", "--resume", "part", "--epochs", "2", "--threads", "3", in: folder)
      #expect(resumed.status == 0, "\(resumed.story)")
      #expect(
        try RunFiles(folder, "whole").rows("results.csv")[2][1...4]
          == RunFiles(folder, "part").rows("results.csv")[2][1...4])
      var predictions: [String] = []
      for run in ["whole", "part"] {
        predictions.append(try await whisker("predict", run, pets, "--format", "csv", in: folder).output)
      }
      #expect(predictions[0] == predictions[1] && predictions[0].count > 1000)
    }

    @Test("After a default training on photographs, the recipe is suggested")
    func photosAreSuggested() async throws {
      let network = try SmallSets.makeNetwork(in: folder)
      let own = try await ToolRun(["train", pets, "--epochs", "1"] + network, in: folder).finish()
      #expect(own.status == 0 && !own.output.contains("--recipe photo"), "\(own.story)")
    }
  }
}
