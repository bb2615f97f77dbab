import Foundation
import TestSupport
import Testing

extension ToolTests {
  /// The training of all layers after that of a head on the features of a backbone.
  @Suite struct FineTuning {
    private let folder: TemporaryFolder
    private static let headOptions = [
      "--backbone", "backbone", "--epochs", "2", "--batch-size", "40", "--checkpoint-every", "3",
    ]
    private let options = headOptions + ["--fine-tune", "2"]

    init() throws {
      folder = try TemporaryFolder()
      let layers = """
        [{"type": "convolution", "filters": 6, "kernel": 3, "stride": 2, "bias": false}, {"type": "batch_norm"},
         {"type": "relu6"}, {"type": "convolution", "filters": 6, "kernel": 3, "groups": 6, "padding": "same"},
         {"type": "residual", "body": [{"type": "convolution", "filters": 6, "kernel": 3, "padding": "same"},
          {"type": "batch_norm"}, {"type": "relu"}, {"type": "batch_norm"}]},
         {"type": "global_average_pool"}, {"type": "dropout", "rate": 0.2}, {"type": "dense"}]
        """
      try SmallBackbone.prepare(folder, layers: layers)
    }

    private func makeBackbone() async throws { try await run(SmallBackbone.training()) }

    @discardableResult
    private func run(_ arguments: [String], status: Int32 = 0) async throws -> ToolRun.Result {
      let result = try await ToolRun(arguments, in: folder).finish()
      #expect(result.status == status, "\(result.story)")
      return result
    }

    private func models(_ name: String) throws -> [Data] {
      let files = RunFiles(folder, name)
      return try [
        "weights/best.safetensors", "weights/last.safetensors", "head/weights/best.safetensors", "split.csv",
      ].map { try files.bytes($0) }
    }

    @Test("The head has a run of its own, and the run's model is better or the same")
    func twoRuns() async throws {
      try await makeBackbone()
      let trained = try await run(["train", "data", "-o", "run"] + options)
      #expect(trained.output.contains("Start loss"), "\(trained.story)")
      let (whole, head) = (RunFiles(folder, "run"), RunFiles(folder, "run/head"))
      #expect(try whole.rows("results.csv").count == 3 && head.rows("results.csv").count == 3)
      #expect(try whole.bytes("split.csv") == head.bytes("split.csv"))
      for name in ["report.html", "metrics.json", "args.json", "events.out.tfevents.000001"] {
        #expect(try !whole.bytes(name).isEmpty && !head.bytes(name).isEmpty)
      }
      func loss(_ files: RunFiles) throws -> Double {
        let best = try #require(try files.json("metrics.json")["best"] as? [String: Any])
        return try #require(best["val_loss"] as? Double)
      }
      #expect(try loss(whole) <= loss(head) + 1e-6)
      // The head's run is an ordinary one, from the same options without fine-tuning.
      try await run(["train", "data", "-o", "plain"] + Self.headOptions)
      let plain = RunFiles(folder, "plain")
      #expect(try plain.bytes("weights/best.safetensors") == head.bytes("weights/best.safetensors"))
      // The model is an ordinary one, too: no layer is frozen but the batch norm that no layer can absorb.
      let inspected = try await run(["inspect", "run"])
      #expect(!inspected.output.contains("Frozen"), "\(inspected.story)")
      let evaluated = try await run(["evaluate", "run", "data", "--split", "val", "--format", "json"])
      #expect(abs(try #require(jsonObject(evaluated.output)["loss"] as? Double) - (try loss(whole))) < 1e-5)
      try await run(["export", "run", "-o", "model.onnx"])
      try await run(["predict", "run", "data/b"])
      try await run(["train", "data", "--backbone", "run", "-o", "chained", "--epochs", "1"])
    }

    @Test("The bytes do not depend on threads, workers, memory or a cache of features")
    func sameBytes() async throws {
      try await makeBackbone()
      try await run(["train", "data", "-o", "run"] + options)
      let expected = try models("run")
      for (name, more) in [
        ("threads", ["--threads", "1", "--workers", "0"]), ("recomputed", ["--recompute"]),
        ("memory", ["--cache-memory", "0", "--threads", "3"]), ("made", ["--cache", "f.safetensors"]),
        ("fresh", ["--cache", "f.safetensors"]),
      ] {
        try await run(["train", "data", "-o", name] + options + more)
        #expect(try models(name) == expected, "\(name)")
      }
    }

    @Test(
      "Killed at random moments of both trainings and resumed, it ends in the same bytes",
      .timeLimit(.minutes(30)))
    func killed() async throws {
      try await makeBackbone()
      let options = options + ["--average-weights", "--validate-every", "4"]
      let seconds = try await run(["train", "data", "-o", "whole"] + options).seconds
      let expected = try models("whole")
      var kills = 0
      while kills < 12 {
        try? FileManager.default.removeItem(atPath: folder.path("killed"))
        while !FileManager.default.fileExists(atPath: folder.path("killed/metrics.json")) {
          let isBegun = ["killed/args.json", "killed/head/args.json"].contains {
            FileManager.default.fileExists(atPath: folder.path($0))
          }
          if !isBegun { try? FileManager.default.removeItem(atPath: folder.path("killed")) }
          let run = try ToolRun(
            isBegun ? ["train", "--resume", "killed"] : ["train", "data", "-o", "killed"] + options,
            in: folder)
          let result = try await run.killedAtRandom(within: seconds)
          #expect([0, -SIGKILL].contains(result.status), "\(result.story)")
          if result.status != 0 { kills += 1 }
        }
        #expect(try models("killed") == expected, "after \(kills) kills")
      }
    }

    @Test("Ctrl-C in the head's training, and later in that of all layers, is resumed by the same command")
    func interrupted() async throws {
      try await makeBackbone()
      let long = ["--backbone", "backbone", "--epochs", "100", "--fine-tune", "40", "--batch-size", "8"]
      try await run(["train", "data", "-o", "whole"] + long)
      let first = try ToolRun(["train", "data", "-o", "parts"] + long, in: folder)
      try await first.wait { $0.contains("Epoch   3/100") }
      first.signal(SIGINT)
      let stopped = try await first.finish()
      #expect(stopped.status == 128 + SIGINT, "\(stopped.story)")
      #expect(stopped.output.contains("whisker train --resume parts\n"), "\(stopped.story)")
      let second = try ToolRun(["train", "--resume", "parts"], in: folder)
      try await second.wait { $0.contains("Epoch  2/40") }
      second.signal(SIGINT)
      let again = try await second.finish()
      #expect(again.status == 128 + SIGINT, "\(again.story)")
      // The backbone has done its work.
      try FileManager.default.moveItem(atPath: folder.path("backbone"), toPath: folder.path("moved"))
      try await run(["train", "--resume", "parts"])
      #expect(try models("parts") == models("whole"))
      let ended = try await run(["train", "--resume", "parts"], status: 1)
      #expect(ended.errors.contains("has completed its 40 epochs"), "\(ended.story)")
      try await run(["train", "--resume", "parts", "--epochs", "41"])
    }

    @Test("Epochs that are no better leave the head's model as the best")
    func noBetter() async throws {
      try await makeBackbone()
      let tuned = try await run(["train", "data", "-o", "run", "--fine-tune-rate", "1e-30"] + options)
      #expect(tuned.output.contains("Best      the start, no epoch is better"), "\(tuned.story)")
      let rows = try await run(["evaluate", "run", "data", "--split", "val", "--format", "json"])
      let head = try await run(["evaluate", "run/head", "data", "--split", "val", "--format", "json"])
      let losses = try [rows, head].map { try #require(jsonObject($0.output)["loss"] as? Double) }
      #expect(abs(losses[0] - losses[1]) < 1e-5)
    }

    @Test("A run is replaced once the new head is trained, and nothing of the old one stays")
    func overwrites() async throws {
      try await makeBackbone()
      try await run(["train", "data", "-o", "run", "--seed", "1"] + options)
      try await run(["train", "data", "-o", "run", "--overwrite"] + options)
      try await run(["train", "data", "-o", "new"] + options)
      #expect(try models("run") == models("new"))
      #expect(RunFiles(folder, "run").files == RunFiles(folder, "new").files)
      try await run(["train", "data", "-o", "run", "--overwrite", "--epochs", "1"])
      #expect(!FileManager.default.fileExists(atPath: folder.path("run/head")))
    }

    @Test("The pictures may come from a cache, and a crop keeps them larger")
    func augmented() async throws {
      try await makeBackbone()
      try await run(["train", "data", "-o", "run"] + options)
      try await run(
        ["preprocess", "data", "-o", "p.safetensors", "--image-size", "20", "--color-mode", "rgb"])
      try await run(["train", "p.safetensors", "-o", "cached"] + options)
      #expect(try models("cached") == models("run"))
      let cropped = try await run(
        ["train", "data", "-o", "cropped", "--augment", "random-resized-crop,brightness"] + options)
      #expect(cropped.output.contains("Augment   random-resized-crop"), "\(cropped.story)")
      #expect(try models("cropped")[2] == models("run")[2])
    }

    @Test("What does not go with fine-tuning is refused by name")
    func refused() async throws {
      try await makeBackbone()
      try await run(["preprocess", "data", "-o", "f.safetensors", "--backbone", "backbone"])
      let tuned = ["--backbone", "backbone", "--fine-tune", "1"]
      let cases: [(arguments: [String], status: Int32, message: String)] = [
        (["train", "data", "--fine-tune", "1"], 2, "--fine-tune requires --backbone"),
        (["train", "data", "--backbone", "backbone", "--fine-tune-rate", "1"], 2, "requires --fine-tune"),
        (["train", "data", "--fine-tune-rate", "0"] + tuned, 2, "--fine-tune-rate must be above 0"),
        (["train", "data", "--seeds", "2"] + tuned, 2, "--fine-tune cannot be combined with --seeds"),
        (["train", "data", "--serve"] + tuned, 2, "--fine-tune cannot be combined with --serve"),
        (["train", "data", "--find-learning-rate"] + tuned, 2, "combined with --find-learning-rate"),
        (["train", "data", "--mixup", "0.2"] + tuned, 2, "--mixup mixes pictures"),
        (
          ["sweep", "data", "--dropout", "0:0.5:0.5"] + tuned, 2,
          "--fine-tune cannot be combined with a sweep"
        ),
        (["train", "f.safetensors"] + tuned, 1, "holds features, and fine-tuning needs the pictures"),
      ]
      for (arguments, status, message) in cases {
        let result = try await run(arguments, status: status)
        #expect(result.errors.contains(message), "\(result.story)")
      }
      #expect(!FileManager.default.fileExists(atPath: folder.path("runs")))
    }
  }
}
