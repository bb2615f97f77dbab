import Foundation
import TestSupport
import Testing

extension ToolTests {
  /// The tutorial's demonstration: random pictures with random labels.
  @Suite struct Synthetic {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Training and validation accuracy, epoch by epoch.
    private func train(_ name: String, _ options: [String]) async throws -> [(
      training: Double, validation: Double
    )] {
      let arguments = ["train", "--synthetic", "noise", "-o", name] + options
      let run = try await ToolRun(arguments, in: folder).finish()
      #expect(run.status == 0, "\(run.story)")
      return try RunFiles(folder, name).rows("results.csv").dropFirst().map { row in
        (try #require(Double(row[2])), try #require(Double(row[4])))
      }
    }

    @Test("A network overfits noise, validation stays at chance, and more dropout slows the memorising")
    func memorising() async throws {
      let options = ["--epochs", "20", "--learning-rate", "0.002"]
      let none = try await train("none", options + ["--dropout", "0"])
      let half = try await train("half", options + ["--dropout", "0.3"])
      let most = try await train("most", options + ["--dropout", "0.7"])
      let last = { (epochs: [(training: Double, validation: Double)]) in epochs[epochs.count - 1].training }
      #expect(last(none) > 0.75 && last(none) > none[0].training + 0.2, "\(none)")
      #expect(last(none) > last(half) && last(half) > last(most), "\(last(none)) \(last(half)) \(last(most))")
      // 400 pictures: four standard deviations of guessing are 0.1.
      for epochs in [none, half, most] { #expect(epochs.allSatisfy { abs($0.validation - 0.5) < 0.1 }) }
    }

    @Test("2,000 pictures in two classes, made from the seed alone")
    func deterministic() async throws {
      let first = try await train("first", ["--epochs", "1", "--seed", "3", "--threads", "1"])
      let again = try await train("again", ["--epochs", "1", "--seed", "3", "--workers", "0"])
      #expect(first[0] == again[0])
      let models = try ["first", "again"].map { try RunFiles(folder, $0).bytes("weights/best.safetensors") }
      #expect(models[0] == models[1])
      let split = try RunFiles(folder, "first").rows("split.csv").dropFirst()
      #expect(split.count == 2000 && split.count { $0[2] == "validation" } == 400)
      #expect(abs(split.count { $0[1] == "0" } - 1000) < 90)
      _ = try await train("other", ["--epochs", "1", "--seed", "4"])
      #expect(
        try RunFiles(folder, "other").rows("split.csv").map { $0[1] }
          != RunFiles(folder, "first").rows("split.csv").map { $0[1] })
    }

    @Test("Training on noise is resumed as any other")
    func resumed() async throws {
      _ = try await train("short", ["--epochs", "1"])
      let run = try await whisker("train", "--resume", "short", "--epochs", "2", in: folder)
      #expect(run.status == 0, "\(run.story)")
      _ = try await train("whole", ["--epochs", "2"])
      let models = try ["short", "whole"].map { try RunFiles(folder, $0).bytes("weights/last.safetensors") }
      #expect(models[0] == models[1])
      let elsewhere = try await whisker("train", "--resume", "short", "photos", in: folder)
      #expect(elsewhere.status == 2 && elsewhere.errors.contains("--synthetic"), "\(elsewhere.story)")
    }

    @Test(
      "Made-up pictures and DATA exclude each other",
      arguments: [
        ["photos", "--synthetic", "noise"], ["--synthetic", "silence"],
        ["--synthetic", "noise", "--class-names", "a,b"],
      ])
    func wrongUsage(arguments: [String]) async throws {
      let run = try await ToolRun(["train"] + arguments, in: folder).finish()
      #expect(run.status == 2 && run.errors.contains("--synthetic"), "\(run.story)")
    }
  }
}
