import Foundation
import TestSupport
import Testing

extension ToolTests {
  @Suite struct Networks {
    private let folder: TemporaryFolder
    private let pets = Fixtures.samples + "/cats-dogs"

    init() throws { folder = try TemporaryFolder() }

    @Test("Every preset trains", arguments: ["dropout-cnn", "deep-dropout-cnn", "mnist-convnet"])
    func presets(name: String) async throws {
      let run = try await train("--network", name)
      #expect(run.status == 0, "\(run.story)")
      let evaluation = try await whisker("evaluate", "runs/train1", pets, in: folder)
      #expect(evaluation.status == 0, "\(evaluation.story)")
    }

    @Test("A network of one's own trains, and its layers are printed")
    func ownNetwork() async throws {
      try write(
        """
        {"layers": [{"type": "convolution", "filters": 4, "kernel": 5}, {"type": "relu"},
          {"type": "max_pool", "size": 3}, {"type": "flatten"}, {"type": "dropout", "rate": 0.125},
          {"type": "dense", "units": 7}, {"type": "relu"}, {"type": "dense"}]}
        """)
      let run = try await train("--network", "own.json")
      #expect(run.status == 0, "\(run.story)")
      for layer in ["convolution 4 5x5", "max-pool 3x3", "dropout 0.125", "dense 7", "dense 2"] {
        #expect(run.output.contains(layer), "\(run.story)")
      }
    }

    @Test(
      "A network that cannot be is refused with the layer and the reason",
      arguments: [
        (#"{"layers": [{"type": "teleport"}]}"#, "teleport"),
        (#"{"layers": [{"type": "relu", "slope": 0.1}]}"#, "slope"),
        (#"{"layers": [{"type": "flatten"}, {"type": "relu"}]}"#, "last layer"),
        (#"{"layers": [{"type": "flatten"}, {"type": "dense", "units": 3}]}"#, "last layer"),
        (#"{"layers": [{"type": "convolution", "filters": 2, "kernel": 29}]}"#, "29x29"),
        (#"{"layers": [{"type": "convolution", "filters": -2, "kernel": 3}]}"#, "layer 1"),
        (#"{"layers": [{"type": "convolution", "kernel": 3}]}"#, "filters"),
        (#"{"layers": [{"type": "max_pool", "size": 0}]}"#, "layer 1"),
        (#"{"layers": [{"type": "dense"}]}"#, "flatten"),
        (#"{"layers": [{"type": "dropout", "rate": 1}, {"type": "flatten"}, {"type": "dense"}]}"#, "rate"),
        (#"{"layers": []}"#, "no layers"), (#"{"layers": "#, "not a network"), ("[]", "not a network"),
        ("", "not a network"),
      ])
    func impossibleNetwork(json: String, reason: String) async throws {
      try write(json)
      let run = try await train("--network", "own.json")
      #expect(run.status == 1, "\(run.story)")
      #expect(run.errors.contains(reason), "\(run.story)")
      #expect(!FileManager.default.fileExists(atPath: folder.path("runs")))
    }

    @Test(
      "A network that no machine could hold is refused before memory is taken", .alone,
      arguments: [
        #"[{"type": "flatten"}, {"type": "dense", "units": 1048576}, {"type": "dense", "units": 1048576},"#,
        #"[{"type": "convolution", "filters": 1048576, "kernel": 1}, {"type": "flatten"},"#,
        #"[{"type": "flatten"}, {"type": "dense", "units": 9223372036854775807},"#,
        #"[{"type": "convolution", "filters": 300000, "kernel": 1}, {"type": "max_pool", "size": 28}, {"type": "flatten"},"#,
      ])
    func absurdNetwork(layers: String) async throws {
      try write(#"{"layers": "# + layers + #" {"type": "dense"}]}"#)
      let run = try await train("--network", "own.json")
      #expect(run.status == 1, "\(run.story)")
      #expect(run.errors.contains("layer") || run.errors.contains("memory"), "\(run.story)")
      #expect(run.seconds < 2)
    }

    @Test("A picture size that no machine could hold is refused as well", .alone)
    func absurdSize() async throws {
      let run = try await train("--image-size", "4096", "--color-mode", "rgb")
      #expect(run.status == 1, "\(run.story)")
      #expect(run.errors.contains("layer 1") || run.errors.contains("--image-size"), "\(run.story)")
      #expect(run.seconds < 2)
    }

    @Test("A file that is not there is named")
    func missingFile() async throws {
      let run = try await train("--network", "nowhere.json")
      #expect(run.status == 1)
      #expect(run.errors.contains("nowhere.json"), "\(run.story)")
    }

    @Test("--dropout sets the rates that are printed, and they make a difference")
    func dropout() async throws {
      let plain = try await train("-o", "plain")
      let one = try await train("--dropout", "0.3", "-o", "one")
      #expect(one.output.ranges(of: "dropout 0.3").count == 2, "\(one.story)")
      let two = try await train("--dropout", "0,0.75", "-o", "two")
      #expect(two.output.contains("dropout 0.75"), "\(two.story)")
      let figures = [plain, one, two].map { $0.epochs.first.flatMap { figure("loss", in: $0) } }
      #expect(Set(figures).count == 3)
      let inspected = try await whisker("inspect", "one", in: folder)
      #expect(inspected.output.ranges(of: "dropout 0.3").count == 2)
    }

    @Test("Colour, a size of its own, SGD and balanced weights train and are remembered")
    func otherOptions() async throws {
      let run = try await train(
        "--color-mode", "rgb", "--image-size", "32x48", "--optimizer", "sgd", "--class-weights", "balanced")
      #expect(run.status == 0, "\(run.story)")
      #expect(run.output.contains("32x48 rgb"))
      #expect(run.output.contains("3x32x48"))
      #expect(run.output.contains("SGD with momentum 0.9"))
      #expect(run.output.contains("balanced class weights"))
      let evaluation = try await whisker("evaluate", "runs/train1", pets, in: folder)
      #expect(evaluation.status == 0, "\(evaluation.story)")
      let inspected = try await whisker("inspect", "runs/train1", in: folder)
      #expect(inspected.output.contains("32x48 rgb"))
    }

    @Test(
      "A preset with published weights brings their size and colours; a cache and options take precedence")
    func publishedSize() async throws {
      try await whisker(
        "preprocess", pets, "-o", "cache.safetensors", "--image-size", "33", "--color-mode", "rgb", in: folder
      )
      let cases: [(arguments: [String], input: String)] = [
        ([pets], "224x224 rgb"), ([pets, "--image-size", "40"], "40x40 rgb"),
        (["cache.safetensors"], "33x33 rgb"),
      ]
      for (number, (arguments, input)) in cases.enumerated() {
        let common = ["--network", "mobilenet-v2", "--batch-size", "4", "-o", "run\(number)"]
        let run = try ToolRun(["train"] + arguments + common, in: folder)
        // What is trained does not matter here.
        try await run.wait { $0.contains("Run       ") }
        run.signal(SIGKILL)
        let result = try await run.finish()
        #expect(result.output.contains("Input     \(input)"), "\(result.story)")
      }
      let small = try await train("--network", "mnist-convnet")
      #expect(small.output.contains("Input     28x28 grayscale"), "\(small.story)")
    }

    @Test("A training that diverges says so and names --learning-rate")
    func divergence() async throws {
      let run = try await train("--learning-rate", "1e9", "--epochs", "3")
      #expect(run.status == 1, "\(run.story)")
      #expect(run.errors.contains("--learning-rate"), "\(run.story)")
    }

    private func write(_ json: String) throws { try folder.write(Array(json.utf8), to: "own.json") }

    private func train(_ options: String...) async throws -> ToolRun.Result {
      try await ToolRun(["train", pets, "--epochs", "1"] + options, in: folder).finish()
    }
  }
}
