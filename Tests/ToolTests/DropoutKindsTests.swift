import Foundation
import TestSupport
import Testing

extension ToolTests {
  @Suite struct DropoutKinds {
    private let folder: TemporaryFolder
    private let pets = Fixtures.samples + "/cats-dogs"

    init() throws {
      folder = try TemporaryFolder()
      try folder.write(
        Array(
          """
          {"layers": [{"type": "gaussian_dropout", "rate": 0.1}, {"type": "convolution", "filters": 6, "kernel": 3},
            {"type": "relu"}, {"type": "max_pool", "size": 2}, {"type": "spatial_dropout", "rate": 0.125},
            {"type": "flatten"}, {"type": "drop_connect", "units": 20, "rate": 0.375}, {"type": "relu"},
            {"type": "dropout", "rate": 0.25}, {"type": "drop_connect", "rate": 0.0625}]}
          """.utf8), to: "kinds.json")
    }

    private func train(_ name: String, _ options: String...) async throws -> ToolRun.Result {
      let run = try await ToolRun(
        ["train", pets, "--network", "kinds.json", "--batch-size", "40", "-o", name] + options, in: folder
      ).finish()
      #expect(run.status == 0, "\(run.story)")
      return run
    }

    @Test("Every kind trains, is shown, samples, and is exported as nothing")
    func used() async throws {
      let run = try await train("run", "--epochs", "2")
      let inspected = try await whisker("inspect", "run", in: folder)
      for output in [run.output, inspected.output] {
        for layer in [
          "Gaussian dropout 0.1", "spatial dropout 0.125", "DropConnect 20, rate 0.375", "dropout 0.25",
          "DropConnect 2, rate 0.0625",
        ] {
          #expect(output.contains(layer), "\(layer): \(output)")
        }
      }
      let picture = pets + "/test/dog/000.png"
      let predictions = try await ["1", "2"].asyncMap { seed in
        try await whisker(
          "predict", "run", picture, "--mc-samples", "40", "--seed", seed, "--format", "json", in: folder)
      }
      #expect(predictions[0].status == 0 && predictions[0].output != predictions[1].output)
      #expect(try #require(try jsonObject(predictions[0].output)["standard_deviation"] as? Double) > 0)
      for file in ["run.onnx", "Run.mlmodel"] {
        let exported = try await whisker("export", "run", "-o", file, in: folder)
        #expect(exported.status == 0, "\(exported.story)")
      }
    }

    @Test("--dropout sets the rates of every kind")
    func rates() async throws {
      let run = try await train("run", "--epochs", "1", "--dropout", "0.03,0.04,0.05,0.06,0.07")
      for layer in ["Gaussian dropout 0.03", "spatial dropout 0.04", "DropConnect 20, rate 0.05"] {
        #expect(run.output.contains(layer), "\(run.story)")
      }
    }

    @Test(
      "The same bytes on one, two and three threads, and interrupted, with rates that follow the training")
    func sameBytes() async throws {
      func weights(_ name: String) throws -> [Data] {
        let run = RunFiles(folder, name)
        return try [run.bytes("weights/best.safetensors"), run.bytes("weights/last.safetensors")]
      }
      for threads in ["1", "2", "3"] {
        _ = try await train(threads, "--epochs", "3", "--dropout", "auto", "--threads", threads)
        #expect(try weights(threads) == weights("1"))
      }
      _ = try await train("short", "--epochs", "1", "--dropout", "auto")
      let resumed = try await whisker("train", "--resume", "short", "--epochs", "3", in: folder)
      #expect(resumed.status == 0, "\(resumed.story)")
      #expect(try weights("short") == weights("1"))
    }

    @Test("Spatial dropout behind a flatten layer is refused")
    func refused() async throws {
      try folder.write(
        Array(
          #"{"layers": [{"type": "flatten"}, {"type": "spatial_dropout", "rate": 0.5}, {"type": "dense"}]}"#
            .utf8),
        to: "kinds.json")
      let run = try await whisker("train", pets, "--network", "kinds.json", in: folder)
      #expect(run.status == 1 && run.errors.contains("feature map"), "\(run.story)")
    }
  }
}

extension Sequence {
  /// What becomes of the elements, one after the other.
  fileprivate func asyncMap<Result>(_ body: (Element) async throws -> Result) async rethrows -> [Result] {
    var results: [Result] = []
    for element in self { results.append(try await body(element)) }
    return results
  }
}
