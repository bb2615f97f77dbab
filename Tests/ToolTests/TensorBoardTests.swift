import Foundation
import TestSupport
import Testing

extension ToolTests {
  @Suite struct TensorBoard {
    private let folder: TemporaryFolder

    init() throws {
      folder = try TemporaryFolder()
      try SmallSets.makeFolder("pets", classes: ["cat", "dog"], each: 40, in: folder)
    }

    private func train(_ options: String...) async throws {
      let run = try await ToolRun(["train", "pets", "--batch-size", "8"] + options, in: folder).finish()
      #expect(run.status == 0, "\(run.story)")
    }

    @Test("A run has one event file of whole records, unless it is not wanted")
    func file() async throws {
      try await train("--epochs", "3", "-o", "run")
      let events = EventRecords(RunFiles(folder, "run"))
      #expect(events.names == ["events.out.tfevents.000001"])
      // The version, the charts, 8 losses an epoch, and for each epoch its figures and details, once the samples.
      let count = try events.count(of: events.names[0])
      #expect(count.rest == 0 && count.whole == 2 + 3 * (8 + 2) + 1)
      try await train("--epochs", "1", "-o", "plain", "--no-tensorboard")
      #expect(EventRecords(RunFiles(folder, "plain")).names.isEmpty)
      _ = try await whisker("train", "--resume", "plain", "--epochs", "2", in: folder)
      #expect(EventRecords(RunFiles(folder, "plain")).names.isEmpty, "as the run was asked for")
    }

    @Test("Replacing a run replaces its events, and a run that comes to nothing leaves none")
    func replaced() async throws {
      try await train("--epochs", "1", "-o", "run")
      _ = try await whisker("train", "--resume", "run", "--epochs", "2", in: folder)
      #expect(EventRecords(RunFiles(folder, "run")).names.count == 2)
      try await train("--epochs", "2", "-o", "run", "--overwrite")
      let events = EventRecords(RunFiles(folder, "run"))
      #expect(events.names == ["events.out.tfevents.000001"])
      #expect(try events.count(of: events.names[0]).whole == 2 + 2 * (8 + 2) + 1)
      let failed = try await whisker("train", "pets", "--learning-rate", "1e30", "-o", "failed", in: folder)
      #expect(failed.status == 1)
      #expect(!FileManager.default.fileExists(atPath: folder.path("failed")), "\(failed.story)")
    }

    @Test(
      "TensorBoard's own reader finds the figures of results.csv, the weights, samples and confusions",
      .enabled(if: TensorBoardView.isThere, "needs tensorboard in WHISKER_PYTHON"))
    func figures() async throws {
      try await train("--epochs", "3", "-o", "run", "--average-weights", "--validate-every", "3")
      let run = RunFiles(folder, "run")
      let view = try TensorBoardView(run.path)
      let rows = try run.rows("results.csv")
      for (column, name) in rows[0].enumerated() {
        guard let points = view.scalars["epochs/\(name)"] else { continue }
        #expect(points.map(\.step) == [8, 16, 24], "\(name)")
        for (point, row) in zip(points, rows.dropFirst()) {
          #expect(abs(point.value - (Double(row[column]) ?? .nan)) <= 1e-5 + point.value * 1e-3, "\(name)")
        }
      }
      for tag in ["loss", "accuracy", "val_loss", "val_accuracy", "learning_rate", "images_per_second"] {
        #expect(view.scalars["epochs/\(tag)"] != nil, "\(tag)")
      }
      #expect(view.scalars["validations/val_loss"]?.map(\.step) == [3, 6, 9, 12, 15, 18, 21])
      let losses = try #require(view.scalars["steps/loss"])
      #expect(losses.map(\.step) == Array(1...24))
      // The epoch's loss is the mean of the losses of its steps, which are of 8 samples each.
      let mean = losses.prefix(8).reduce(0) { $0 + $1.value } / 8
      #expect(abs(mean - (view.scalars["epochs/loss"]?.first?.value ?? .nan)) < 1e-4)
      let weights = try #require(view.histograms["weights/5.weight"])
      #expect(weights.map(\.step) == [8, 16, 24])
      #expect(weights.allSatisfy { $0.num == 692_224 && $0.buckets == 692_224 })
      #expect(view.images["confusion_matrix"]?.map(\.step) == [8, 16, 24])
      for name in ["samples/cat", "samples/dog"] {
        let image = try #require(view.images[name]?.first)
        #expect(image.png && image.step == 8 && image.height == 28 && image.width == 8 * 30 - 2)
      }
      #expect(view.charts.contains("^epochs/loss$") && view.charts.contains("^epochs/val_loss$"))
    }

    @Test(
      "Killed and resumed, no step is told twice, and none is missing",
      .enabled(if: TensorBoardView.isThere, "needs tensorboard in WHISKER_PYTHON"))
    func resumed() async throws {
      try SmallSets.makeIDX("many", count: 6000, in: folder)
      let options = [
        "train", "many", "--epochs", "2", "--checkpoint-every", "10", "--verbose", "2", "-o", "run",
      ]
      let run = try ToolRun(options, in: folder)
      try await run.wait { _ in
        FileManager.default.fileExists(atPath: folder.path("run/weights/last.safetensors"))
      }
      run.signal(SIGKILL)
      _ = try await run.finish()
      // What a cut in the midst of a record leaves.
      let first = EventRecords(RunFiles(folder, "run")).names[0]
      let file = try FileHandle(forWritingTo: URL(fileURLWithPath: folder.path("run/\(first)")))
      try file.seekToEnd()
      try file.write(contentsOf: [20, 0, 0, 0, 0])
      try file.close()
      let second = try await whisker("train", "--resume", "run", in: folder)
      #expect(second.status == 0, "\(second.story)")
      #expect(EventRecords(RunFiles(folder, "run")).names.count == 2)
      let view = try TensorBoardView(folder.path("run"))
      #expect(view.scalars["steps/loss"]?.map(\.step) == Array(1...76))
      #expect(view.scalars["epochs/val_loss"]?.map(\.step) == [38, 76])
      #expect(view.histograms["weights/0.weight"]?.map(\.step) == [38, 76])
    }

    @Test(
      "A run that was told of from its middle on has all of its epochs",
      .enabled(if: TensorBoardView.isThere, "needs tensorboard in WHISKER_PYTHON"))
    func late() async throws {
      try await train("--epochs", "2", "-o", "run", "--no-tensorboard")
      _ = try await whisker("train", "--resume", "run", "--epochs", "3", "--tensorboard", in: folder)
      let view = try TensorBoardView(folder.path("run"))
      #expect(view.scalars["epochs/loss"]?.map(\.step) == [8, 16, 24])
      #expect(view.scalars["steps/loss"]?.map(\.step) == Array(17...24))
    }
  }
}
