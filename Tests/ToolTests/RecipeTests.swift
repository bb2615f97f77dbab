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
