import Foundation
import TestSupport
import Testing

extension ToolTests {
  @Suite(.alone, .enabled(if: isOptimized, "\(needsOptimization)")) struct RealData {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test(
      "MNIST reaches 0.986 in ten epochs and a minute, and evaluate agrees exactly",
      .enabled(if: Fixtures.hasMNIST, "MNIST is not beside the project"))
    func mnist() async throws {
      let run = try await whisker("train", Fixtures.mnist, in: folder, limit: 110)
      #expect(run.status == 0, "\(run.story)")
      #expect(run.seconds < 60)
      let files = RunFiles(folder)
      let epochs = try #require(try files.json("metrics.json")["epochs"] as? [[String: Any]])
      #expect(epochs.count == 10)
      let accuracy = try #require(epochs.last?["val_accuracy"] as? Double)
      #expect(accuracy >= 0.986)
      let images = Fixtures.mnist + "/" + (try imagesFile())
      let evaluation = try await whisker("evaluate", files.last, images, "--format", "json", in: folder)
      let report = try jsonObject(evaluation.output)
      #expect(report["count"] as? Int == 10_000)
      #expect(report["accuracy"] as? Double == accuracy)
      #expect(report["loss"] as? Double == epochs.last?["val_loss"] as? Double)
    }

    @Test(
      "Real photos of cats and dogs reach 0.62 over three seeds, and show life within a second",
      .enabled(if: Fixtures.hasPhotos, "the photos are not beside the project"))
    func photos() async throws {
      var accuracies: [Double] = []
      var waits: [Double] = []
      for seed in 0..<3 {
        let run = try await whisker(
          "train", Fixtures.photos, "--seed", "\(seed)", "-o", "seed\(seed)", in: folder, columns: 120)
        #expect(run.status == 0, "\(run.story)")
        waits.append(try #require(run.firstOutput))
        let rows = try RunFiles(folder, "seed\(seed)").rows("results.csv").dropFirst()
        accuracies.append(try #require(rows.compactMap { Double($0[4]) }.max()))
      }
      #expect(accuracies.reduce(0, +) / 3 >= 0.62, "\(accuracies)")
      #expect(try #require(waits.min()) < 1)
    }

    /// The t10k images, gzipped or not.
    private func imagesFile() throws -> String {
      let names = try FileManager.default.contentsOfDirectory(atPath: Fixtures.mnist)
      return try #require(names.sorted().first { $0.hasPrefix("t10k-images") })
    }
  }
}
