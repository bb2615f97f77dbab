import Foundation
import TestSupport
import Testing

extension ToolTests {
  @Suite struct MonitorOption {
    private let folder: TemporaryFolder
    private let pets = Fixtures.samples + "/cats-dogs/train"

    init() throws { folder = try TemporaryFolder() }

    private func epochs(_ run: String) throws -> [(loss: Double, accuracy: Double)] {
      try RunFiles(folder, run).rows("results.csv").dropFirst().map {
        (try #require(Double($0[3])), try #require(Double($0[4])))
      }
    }

    private func best(_ run: String) throws -> Int {
      let best = try #require(try RunFiles(folder, run).json("metrics.json")["best"] as? [String: Any])
      return try #require(best["epoch"] as? Int) - 1
    }

    @Test(
      "The best weights are those with the lowest loss, or with the highest accuracy where that is monitored")
    func bestWeights() async throws {
      for monitor in ["val_loss", "val_accuracy"] {
        let run = try await whisker(
          "train", pets, "--epochs", "6", "--monitor", monitor, "-o", monitor, in: folder)
        #expect(run.status == 0, "\(run.story)")
      }
      let (byLoss, byAccuracy) = (try epochs("val_loss"), try epochs("val_accuracy"))
      #expect(byLoss.map(\.loss) == byAccuracy.map(\.loss))
      #expect(try byLoss[best("val_loss")].loss == byLoss.map(\.loss).min())
      let chosen = try byAccuracy[best("val_accuracy")]
      #expect(chosen.accuracy == byAccuracy.map(\.accuracy).max())
      #expect(chosen.loss == byAccuracy.filter { $0.accuracy == chosen.accuracy }.map(\.loss).min())
    }

    @Test("Early stopping waits for what is monitored, also in a run that is resumed")
    func earlyStopping() async throws {
      // Alike pictures: the accuracy cannot rise for long, whatever the loss does.
      for number in 0..<60 {
        try folder.write(SmallSets.picture(100, number), to: "set/\(number % 2)/\(number).png")
      }
      let network = try SmallSets.makeNetwork(in: folder)
      let run = try await ToolRun(
        [
          "train", "set", "--epochs", "300", "--patience", "3", "--learning-rate", "0.05", "--monitor",
          "val_accuracy", "-o", "run",
        ]
          + network,
        in: folder
      ).finish()
      #expect(
        run.output.contains("Stopped   early: the validation accuracy no longer improves"), "\(run.story)")
      let all = try epochs("run")
      #expect(try all.count - 1 - best("run") == 3)
      let resumed = try await whisker("train", "--resume", "run", in: folder)
      #expect(resumed.status == 1 && resumed.errors.contains("has stopped early"), "\(resumed.story)")
    }

    @Test("A sweep ranks its settings by what is monitored", arguments: ["val_loss", "val_accuracy"])
    func sweep(monitor: String) async throws {
      let run = try await whisker(
        "sweep", pets, "--learning-rate", "0.0001,0.001,0.01", "--epochs", "3", "--learning-rate", "0.05",
        "--monitor", monitor, "-o",
        "sweep",
        in: folder)
      #expect(run.status == 0, "\(run.story)")
      let results = try RunFiles(folder, "sweep").json("results.json")
      let settings = try #require(results["settings"] as? [[String: Any]])
      func means(_ name: String) throws -> [Double] {
        try settings.map { try #require(($0[name] as? [String: Any])?["mean"] as? Double) }
      }
      let best = try #require(results["best"] as? Int)
      let figures = try means(monitor)
      #expect(figures[best] == (monitor == "val_loss" ? figures.min() : figures.max()))
    }
  }
}
