import Foundation
import TestSupport
import Testing

extension ToolTests {
  @Suite struct FullDecode {
    private let folder: TemporaryFolder
    private let pets = Fixtures.samples + "/cats-dogs/train"

    init() throws { folder = try TemporaryFolder() }

    @Test("--full-decode is printed at the start, by inspect, and in args.json; the default is not")
    func isTold() async throws {
      for (name, options) in [("full", ["--full-decode"]), ("scaled", [])] {
        let arguments = ["train", pets, "--epochs", "1", "-o", name] + options
        let run = try await ToolRun(arguments, in: folder).finish()
        #expect(run.status == 0, "\(run.story)")
        let inspection = try await whisker("inspect", name, in: folder)
        for output in [run.output, inspection.output] {
          #expect(output.contains("JPEG decoded at full size") == (name == "full"), "\(output)")
        }
        let configuration = try RunFiles(folder, name).json("args.json")["configuration"] as? [String: Any]
        let preprocessing = (configuration?["data"] as? [String: Any])?["preprocessing"] as? [String: Any]
        #expect(preprocessing?["decode"] as? String == name)
      }
    }

    @Test("evaluate and predict decode as the model's pictures were, without the option")
    func travelsWithTheModel() async throws {
      var losses: [Double] = []
      for (name, options) in [("full", ["--full-decode"]), ("scaled", [])] {
        let run = try await ToolRun(["train", pets, "--epochs", "1", "-o", name] + options, in: folder)
          .finish()
        #expect(run.status == 0, "\(run.story)")
        let files = RunFiles(folder, name)
        let epochs = try files.json("metrics.json")["epochs"] as? [[String: Any]]
        let loss = try #require(epochs?.last?["val_loss"] as? Double)
        let evaluation = try await whisker(
          "evaluate", name, pets, "--split", "val", "--format", "json", in: folder)
        #expect(try jsonObject(evaluation.output)["loss"] as? Double == loss, "\(evaluation.story)")
        #expect(abs(try await predictedLoss(name, files) - loss) < 1e-6)
        losses.append(loss)
      }
      #expect(losses[0] != losses[1])
    }

    /// The mean loss of what a run held back, from the probabilities that `predict` tells.
    private func predictedLoss(_ run: String, _ files: RunFiles) async throws -> Double {
      let held = try files.rows("split.csv").filter { $0[2] == "validation" }
      let paths = held.map { "\(pets)/\($0[0])" }
      let prediction = try await ToolRun(
        ["predict", run] + paths + ["--raw", "--format", "json"], in: folder
      ).finish()
      let losses = try zip(held, prediction.lines).map { row, line in
        let probabilities = try #require(try jsonObject(line)["probabilities"] as? [String: Double])
        return -log(try #require(probabilities[row[1]]))
      }
      try #require(losses.count == 80)
      return losses.reduce(0, +) / 80
    }
  }
}
