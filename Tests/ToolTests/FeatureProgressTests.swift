import Foundation
import TestSupport
import Testing

extension ToolTests {
  /// What is seen while features are computed, and what an interruption leaves.
  @Suite(.alone) struct FeatureProgress {
    private let folder: TemporaryFolder
    /// Twenty views of a picture take a tenth of a second.
    private let options = ["--backbone", "backbone", "--feature-views", "20"]

    init() async throws {
      folder = try TemporaryFolder()
      try SmallSets.makeFolder("few", classes: ["a", "b"], each: 4, in: folder)
      try SmallSets.makeFolder("many", classes: ["a", "b"], each: 300, in: folder)
      let layers =
        #"{"layers": [{"type": "convolution", "filters": 64, "kernel": 3}, {"type": "global_average_pool"}, {"type": "dense"}]}"#
      try folder.write(Array(layers.utf8), to: "layers.json")
      let made = try await whisker(
        "train", "few", "--network", "layers.json", "--image-size", "160", "--color-mode", "rgb", "--epochs",
        "1",
        "--batch-size", "4", "-o", "backbone", in: folder)
      #expect(made.status == 0, "\(made.story)")
    }

    @Test(
      "Pictures per second and the time left are shown, and Ctrl-C ends the command at once, with a word",
      arguments: [
        ["train", "many"], ["train", "many", "--seeds", "2"], ["train", "many", "--folds", "2"],
        ["sweep", "many", "--dropout", "0:0.5:0.5"], ["train", "many", "--cache", "f.safetensors"],
      ])
    func stopped(command: [String]) async throws {
      let run = try ToolRun(command + options + ["-o", "run"], in: folder, columns: 100)
      try await run.wait { $0.contains("images/s") }
      run.signal(SIGINT)
      let start = ContinuousClock.now
      let result = try await run.finish(within: 20)
      #expect(ContinuousClock.now - start < .seconds(2))
      #expect(result.status == 130, "\(result.story)")
      #expect(
        result.errors.contains("Stopped by a signal") && result.errors.contains("nothing was written"),
        "\(result.story)")
      #expect(result.output.contains("ETA") && result.output.contains("/600"), "\(result.story)")
      #expect(
        !folder.contents().contains { $0.hasPrefix("run") || $0.hasPrefix("f.") }, "\(folder.contents())")
    }

    @Test("A run that is resumed is as before when it is interrupted while features are computed")
    func resumed() async throws {
      try await whisker("train", "many", "--backbone", "backbone", "--epochs", "2", "-o", "run", in: folder)
      let files = RunFiles(folder, "run")
      let before = try files.bytes("weights/last.safetensors")
      let run = try ToolRun(
        ["train", "--resume", "run", "--epochs", "3", "--workers", "1"], in: folder, columns: 100)
      try await run.wait { $0.contains("images/s") }
      run.signal(SIGTERM)
      let result = try await run.finish()
      #expect(result.status == 143, "\(result.story)")
      #expect(result.errors.contains("Continue with: whisker train --resume run"), "\(result.story)")
      #expect(try files.bytes("weights/last.safetensors") == before)
    }

    @Test("embed shows pictures per second, and the time left where the number of pictures is known")
    func embed() async throws {
      let named = try await whisker("embed", "backbone", "many", "-o", "e.csv", in: folder, columns: 100)
      #expect(
        named.status == 0 && named.output.contains("images/s") && named.output.contains("ETA"),
        "\(named.story)")
      #expect(named.output.contains("/600"), "\(named.story)")
    }
  }
}
