import Foundation
import TestSupport
import Testing

extension ToolTests {
  /// Training on the features of a frozen backbone.
  @Suite struct Backbones {
    private let folder: TemporaryFolder
    private let options = ["--epochs", "3", "--batch-size", "40"]

    init() throws {
      folder = try TemporaryFolder()
      try SmallBackbone.prepare(folder)
    }

    /// A backbone of six features, trained on other pictures.
    private func makeBackbone(_ name: String = "backbone", _ options: [String] = []) async throws {
      try await run(SmallBackbone.training(name, options))
    }

    @discardableResult
    private func run(_ arguments: [String], status: Int32 = 0) async throws -> ToolRun.Result {
      let result = try await ToolRun(arguments, in: folder).finish()
      #expect(result.status == status, "\(result.story)")
      return result
    }

    private func models(_ name: String) throws -> [Data] {
      let files = RunFiles(folder, name)
      return try ["weights/best.safetensors", "weights/last.safetensors", "split.csv"].map {
        try files.bytes($0)
      }
    }

    @Test("Features of pictures, of a cache and of its shards give the same model, for any number of threads")
    func sameBytes() async throws {
      try await makeBackbone()
      let backbone = ["--backbone", "backbone"]
      let train = { (data: String, name: String, more: [String]) in
        try await run(["train", data, "-o", name] + backbone + options + more)
      }
      let first = try await train("data", "run", [])
      #expect(first.output.contains("6 features, from 6 layers"), "\(first.story)")
      #expect(first.output.contains("Head      1,154 parameters"), "\(first.story)")
      let expected = try models("run")
      _ = try await train("data", "one", ["--threads", "1", "--workers", "0"])
      _ = try await train("data", "none", ["--cache-memory", "0", "--workers", "3"])
      _ = try await train("data", "kept", ["--cache", "made.safetensors"])
      let again = try await train("data", "again", ["--cache", "made.safetensors"])
      #expect(again.output.contains("Fresh     made.safetensors"), "\(again.story)")
      try await run(["preprocess", "data", "-o", "features.safetensors"] + backbone)
      _ = try await train("features.safetensors", "cached", [])
      try await run(["preprocess", "data", "-o", "shards/f.safetensors", "--shards", "3"] + backbone)
      _ = try await train("shards", "sharded", [])
      // The pictures may come from a cache, too.
      try await run(
        ["preprocess", "data", "-o", "p.safetensors", "--image-size", "20", "--color-mode", "rgb"])
      _ = try await train("p.safetensors", "pictures", [])
      for name in ["one", "none", "kept", "again", "cached", "sharded", "pictures"] {
        #expect(try models(name) == expected, "\(name)")
      }
    }

    @Test("The model is one file: evaluate, predict and export agree with the training")
    func selfContained() async throws {
      try await makeBackbone()
      try await run(["train", "data", "-o", "run", "--backbone", "backbone"] + options)
      try FileManager.default.removeItem(atPath: folder.path("backbone"))
      let rows = try RunFiles(folder, "run").rows("results.csv")
      let last = try #require(rows.last)
      let evaluated = try await run([
        "evaluate", "run/weights/last.safetensors", "data", "--split", "val", "--format", "json",
      ])
      let document = try jsonObject(evaluated.output)
      let loss = try #require(document["loss"] as? Double)
      #expect(String(format: "%.6f", loss) == last[3], "\(evaluated.story)")
      let inspected = try await run(["inspect", "run"])
      #expect(inspected.output.contains("Frozen    the first 6 layers"), "\(inspected.story)")
      let predicted = try await run(["predict", "run", "data/b", "--format", "csv"])
      let alone = try await run(["predict", "run", "data/b/3.png", "--format", "csv"])
      #expect(predicted.lines.contains(alone.lines[1]))
      let sampled = try await run(["predict", "run", "data/b", "--format", "csv", "--mc-samples", "70"])
      let one = try await run(["predict", "run", "data/b/3.png", "--format", "csv", "--mc-samples", "70"])
      #expect(sampled.lines.contains(one.lines[1]))
      #expect(sampled.lines != predicted.lines)
      try await run(["predict", "run", "data/b", "--tta", "flip"])
      try await run(["export", "run", "-o", "model.onnx"])
      try await run(["export", "run", "-o", "model.mlmodel"])
    }

    @Test("A model trained on a backbone has the same backbone")
    func chained() async throws {
      try await makeBackbone()
      try await run(["preprocess", "data", "-o", "f.safetensors", "--backbone", "backbone"])
      try await run(["train", "f.safetensors", "-o", "first", "--backbone", "backbone"] + options)
      try await run(["train", "f.safetensors", "-o", "second", "--backbone", "first"] + options)
      #expect(try models("second") == models("first"))
    }

    @Test("A run resumes with its backbone, in its place or a new one, and with no other")
    func resumes() async throws {
      try await makeBackbone()
      let long = ["--epochs", "5", "--batch-size", "40", "--dropout", "auto", "--average-weights"]
      try await run(["train", "data", "-o", "whole", "--backbone", "backbone"] + long)
      try await run(
        ["train", "data", "-o", "parts", "--backbone", "backbone"] + ["--epochs", "2"] + long.dropFirst(2))
      try await makeBackbone("other", ["--seed", "1"])
      try FileManager.default.moveItem(atPath: folder.path("backbone"), toPath: folder.path("moved"))
      let gone = try await run(["train", "--resume", "parts", "--epochs", "5"], status: 1)
      #expect(
        gone.errors.contains("backbone: is the backbone of the training, and is not there"), "\(gone.story)")
      let wrong = try await run(
        ["train", "--resume", "parts", "--epochs", "5", "--backbone", "other"], status: 1)
      #expect(wrong.errors.contains("Put back the file that the training began with"), "\(wrong.story)")
      try await run(["train", "--resume", "parts", "--epochs", "5", "--backbone", "moved"])
      #expect(try models("parts") == models("whole"))
    }

    @Test("Seeds, an ensemble and a sweep compute features once")
    func seeds() async throws {
      try await makeBackbone()
      try await run(
        ["train", "data", "-o", "one", "--backbone", "backbone", "--seed", "1", "--split-seed", "0"] + options
      )
      try await run(
        ["train", "data", "-o", "seeds", "--backbone", "backbone", "--seeds", "2", "--ensemble"] + options)
      #expect(try models("seeds/seed1") == models("one"))
      try await run(["evaluate", "seeds", "data", "--split", "all"])
      try await run(["predict", "seeds", "data/b", "--mc-samples", "3"])
      let swept = try await run(
        ["sweep", "data", "-o", "sweep", "--backbone", "backbone", "--dropout", "0:0.5:0.5", "--seeds", "2"]
          + options)
      #expect(swept.output.contains(" data --backbone backbone"), "\(swept.story)")
    }

    @Test("Several views of each picture: the first is the picture, and each epoch trains on one")
    func views() async throws {
      try await makeBackbone()
      let backbone = ["--backbone", "backbone"]
      try folder.write([], to: "data/a/8.png")
      try await run(["preprocess", "data", "-o", "one.safetensors"] + backbone)
      let made = try await run(
        ["preprocess", "data", "-o", "views.safetensors", "--feature-views", "4"] + backbone)
      #expect(made.output.contains("6 features of 4 views each"), "\(made.story)")
      let one = try FeatureRows(folder.path("one.safetensors"))
      let views = try FeatureRows(folder.path("views.safetensors"))
      #expect(one.rows.count == 78 && views.shape("features") == [78, 24])
      for (plain, several) in zip(one.rows, views.rows) {
        #expect(several.path == plain.path && Array(several.features[..<6]) == plain.features)
      }
      try await run(["train", "data", "-o", "pictures", "--feature-views", "4"] + backbone + options)
      try await run(
        ["train", "views.safetensors", "-o", "cached"] + backbone + options + ["--threads", "1"])
      #expect(try models("cached") == models("pictures"))
      try await run(["train", "one.safetensors", "-o", "plain"] + backbone + options)
      #expect(try models("plain")[1] != models("pictures")[1])
      let other = try await run(
        ["train", "views.safetensors", "-o", "other", "--feature-views", "2"] + backbone, status: 1)
      #expect(other.errors.contains("6 features of 2 views each"), "\(other.story)")
      let alone = try await run(["train", "data", "--feature-views", "2"], status: 2)
      #expect(alone.errors.contains("--feature-views requires --backbone"))
      // A resumed run has the views of its start.
      try await run(
        ["train", "data", "-o", "parts", "--feature-views", "4", "--epochs", "1"] + backbone
          + options.dropFirst(2))
      try await run(["train", "--resume", "parts", "--epochs", "3"])
      #expect(try models("parts") == models("pictures"))
    }

    @Test("The head is a file of layers, or the default with other rates")
    func head() async throws {
      try await makeBackbone()
      try folder.write(Array(#"{"layers": [{"type": "dense"}]}"#.utf8), to: "head.json")
      let linear = try await run(
        ["train", "data", "-o", "linear", "--backbone", "backbone", "--head", "head.json"] + options)
      #expect(linear.output.contains("Head      14 parameters"), "\(linear.story)")
      let dropped = try await run(
        ["train", "data", "-o", "dropped", "--backbone", "backbone", "--dropout", "0.1,0.3"] + options)
      #expect(dropped.output.contains("dropout 0.1") && dropped.output.contains("dropout 0.3"))
      try folder.write(
        Array(#"{"layers": [{"type": "global_average_pool"}, {"type": "dense"}]}"#.utf8), to: "bad.json")
      let bad = try await run(
        ["train", "data", "-o", "bad", "--backbone", "backbone", "--head", "bad.json"], status: 1)
      #expect(bad.errors.contains("the head does not fit 6 features"), "\(bad.story)")
      #expect(bad.errors.contains("Use another --head"))
    }

    @Test("What does not go with a backbone is refused by name")
    func refused() async throws {
      try await makeBackbone()
      let cases: [(options: [String], status: Int32, message: String)] = [
        (["--backbone", "backbone", "--network", "residual"], 2, "--network is a whole network"),
        (["--backbone", "backbone", "--recipe", "photo"], 2, "--recipe sets options"),
        (["--backbone", "backbone", "--augment", "flip"], 2, "--augment changes pictures"),
        (["--backbone", "backbone", "--image-size", "64"], 2, "--image-size contradicts --backbone"),
        (["--backbone", "backbone", "--color-mode", "grayscale"], 2, "--color-mode contradicts"),
        (["--backbone", "backbone", "--pad-to-aspect-ratio"], 2, "--pad-to-aspect-ratio contradicts"),
        (["--head", "layers.json"], 2, "--head requires --backbone"),
        (["--backbone", "data"], 1, "data: holds no model"),
        (["--backbone", "nothing"], 1, "nothing: cannot be opened"),
        (["--backbone", "layers.json"], 1, "layers.json: is"),
      ]
      for (options, status, message) in cases {
        let result = try await run(["train", "data"] + options, status: status)
        #expect(result.errors.contains(message), "\(result.story)")
      }
      // Options that agree are allowed.
      try await run(
        ["train", "data", "--backbone", "backbone", "--image-size", "20", "--color-mode", "rgb", "-o", "run"]
          + options)
    }

    @Test("Features are never taken for pictures, nor for those of another backbone")
    func otherFeatures() async throws {
      try await makeBackbone()
      try await makeBackbone("other", ["--seed", "1"])
      try await run(["preprocess", "data", "-o", "f.safetensors", "--backbone", "backbone"])
      let cases: [(arguments: [String], message: String)] = [
        (["train", "f.safetensors"], "holds 6 features of the backbone"),
        (["train", "f.safetensors", "--backbone", "other"], "is wanted"),
        (["predict", "backbone", "f.safetensors"], "not pictures"),
      ]
      for (arguments, message) in cases {
        let result = try await run(arguments, status: 1)
        #expect(result.errors.contains(message), "\(result.story)")
      }
      let rebuilt = try await run(
        ["preprocess", "data", "-o", "f.safetensors", "--backbone", "other"])
      #expect(rebuilt.output.contains("Building  f.safetensors: it holds 6 features"), "\(rebuilt.story)")
      let described = try await run(["inspect", "f.safetensors"])
      #expect(described.output.contains("6 features of the backbone"), "\(described.story)")
      #expect(try await run(["verify", "f.safetensors"], status: 1).output.contains("a/7.png"))
    }

    @Test("embed writes the features that training uses, and lists what it cannot read")
    func embeds() async throws {
      try await makeBackbone()
      try await run(["preprocess", "data", "-o", "f.safetensors", "--backbone", "backbone"])
      let embedded = try await run(["embed", "backbone", "data", "-o", "e.safetensors"], status: 1)
      #expect(embedded.errors.contains("data/a/7.png"), "\(embedded.story)")
      let cached = try FeatureRows(folder.path("f.safetensors"))
      let written = try FeatureRows(folder.path("e.safetensors"))
      #expect(written.shape("features") == [79, 6])
      #expect(
        cached.rows
          == written.rows.map { ($0.path.replacing("data/", with: ""), $0.features) }.map(FeatureRow.init))
      let table = try await run(["embed", "backbone", "data/b", "-o", "e.csv"])
      #expect(table.output.contains("40 rows of 6 features"))
      let lines = try String(contentsOfFile: folder.path("e.csv"), encoding: .utf8).split(separator: "\n")
      #expect(lines[0] == "path,f0,f1,f2,f3,f4,f5")
      let row = try #require(written.rows.first { $0.path == "data/b/3.png" })
      #expect(lines.contains("data/b/3.png,\(row.features.map { "\($0)" }.joined(separator: ","))"))
    }
  }
}
