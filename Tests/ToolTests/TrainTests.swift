import Foundation
import TestSupport
import Testing

extension ToolTests {
  @Suite struct Train {
    private let folder: TemporaryFolder
    private let digits = Fixtures.samples + "/digits"
    private let pets = Fixtures.samples + "/cats-dogs"

    init() throws { folder = try TemporaryFolder() }

    @Test("Drawn digits are learned in five epochs, with a line each")
    func digitsAreLearned() async throws {
      let run = try await whisker("train", digits, "--epochs", "5", in: folder)
      #expect(run.status == 0, "\(run.story)")
      #expect(run.errors.isEmpty)
      let pattern =
        #/Epoch (\d)/5 loss \d\.\d{4} accuracy [01]\.\d{4} val_loss \d\.\d{4} val_accuracy [01]\.\d{4} .*/#
      #expect(run.epochs.compactMap { $0.wholeMatch(of: pattern)?.1 } == ["1", "2", "3", "4", "5"])
      let accuracy = try #require(
        run.epochs.last.flatMap { figure("val_accuracy", in: $0) }.flatMap(Double.init))
      #expect(accuracy >= 0.95)
    }

    @Test("Drawn cats and dogs are classified, unseen pictures included")
    func petsAreLearned() async throws {
      let run = try await whisker("train", pets, "--batch-size", "32", "--epochs", "15", in: folder)
      #expect(run.status == 0, "\(run.story)")
      let evaluation = try await whisker("evaluate", "runs/train1", pets, "--format", "json", in: folder)
      let report = try jsonObject(evaluation.output)
      #expect(report["split"] as? String == "test")
      #expect(report["count"] as? Int == 100)
      #expect(try #require(report["accuracy"] as? Double) >= 0.75)
    }

    @Test("The first line is printed within a second", .alone)
    func firstOutputComesSoon() async throws {
      // A busy machine may be slow once; the tool is not.
      var waits: [Double] = []
      for number in 1...3 {
        let run = try await whisker("train", pets, "--epochs", "1", "-o", "run\(number)", in: folder)
        waits.append(try #require(run.firstOutput))
      }
      #expect(try #require(waits.min()) < 1)
    }

    @Test("results.csv has a row per epoch with the figures that were printed")
    func resultsAreWhatWasPrinted() async throws {
      let run = try await whisker("train", pets, "--epochs", "3", in: folder)
      let rows = try RunFiles(folder).rows("results.csv")
      #expect(Array(rows[0].prefix(5)) == ["epoch", "loss", "accuracy", "val_loss", "val_accuracy"])
      #expect(rows[0].contains("seconds") && rows[0].contains("images_per_second"))
      #expect(rows.dropFirst().map { $0[0] } == ["1", "2", "3"])
      for (row, line) in zip(rows.dropFirst(), run.epochs) {
        for (name, text) in zip(rows[0], row).dropFirst().prefix(4) {
          let printed = try #require(figure(name, in: line).flatMap(Double.init))
          #expect(abs(try #require(Double(text)) - printed) < 0.0000501, "\(name) in \(line)")
        }
      }
    }

    @Test("split.csv puts every picture into one part, in proportion within every class")
    func splitIsDisjointAndStratified() async throws {
      try await whisker("train", pets, "--epochs", "1", in: folder)
      let rows = try RunFiles(folder).rows("split.csv")
      #expect(rows[0] == ["path", "class", "split"])
      let paths = rows.dropFirst().map { $0[0] }
      #expect(Set(paths).count == paths.count)
      #expect(paths.count == 400)
      let groups = Dictionary(grouping: rows.dropFirst()) { $0[1] + " " + $0[2] }.mapValues(\.count)
      #expect(
        groups == ["cat training": 160, "cat validation": 40, "dog training": 160, "dog validation": 40])
    }

    @Test("args.json and metrics.json have the options and the results")
    func jsonFilesTellTheRun() async throws {
      try await whisker("train", pets, "--epochs", "2", "--seed", "7", in: folder)
      let files = RunFiles(folder)
      let configuration = try #require(try files.json("args.json")["configuration"] as? [String: Any])
      #expect((configuration["optimization"] as? [String: Any])?["epochs"] as? Int == 2)
      #expect(configuration["seed"] as? Int == 7)
      let metrics = try files.json("metrics.json")
      #expect(metrics["ended"] as? String == "completed")
      #expect((metrics["epochs"] as? [Any])?.count == 2)
      #expect((metrics["skipped"] as? [Any])?.isEmpty == true)
    }

    @Test("The augmentation is printed at the start and in args.json")
    func augmentationIsTold() async throws {
      let run = try await whisker(
        "train", pets, "--epochs", "1", "--augment", "flip,rotate=22.5,noise=0.015,shift=0", in: folder)
      #expect(
        run.lines.contains("Augment   flip 50 %, rotate up to 22.5 degrees, noise 1.5 %"), "\(run.story)")
      let configuration = try #require(
        try RunFiles(folder).json("args.json")["configuration"] as? [String: Any])
      let strengths = try #require(
        (configuration["data"] as? [String: Any])?["augmentation"] as? [String: Double])
      #expect(
        strengths.filter { $0.value != 0 } == ["flip": 0.5, "rotate": 22.5, "noise": 0.015])
      #expect(strengths.keys.contains("brightness"))
      let plain = try await whisker("train", pets, "--epochs", "1", in: folder)
      #expect(!plain.output.contains("Augment"))
    }

    @Test("A sheet of augmented samples is drawn, and nothing is trained")
    func augmentationIsShown() async throws {
      let arguments = [
        "train", pets, "--augment", "random-resized-crop,flip", "--show-augmentation", "sheet.png",
      ]
      let run = try await ToolRun(arguments, in: folder).finish()
      #expect(run.lines.first == "Wrote     sheet.png: 8 samples, augmented", "\(run.story)")
      #expect(folder.contents() == ["sheet.png"])
      let again = try await ToolRun(arguments, in: folder).finish()
      #expect(again.status == 1 && again.errors.contains("--overwrite"), "\(again.story)")
    }

    @Test("The run folder holds the promised files and nothing else")
    func runFolderHoldsWhatIsPromised() async throws {
      try await whisker("train", pets, "--epochs", "1", in: folder)
      #expect(
        RunFiles(folder).files == [
          "args.json", "events.out.tfevents.000001", "files.csv", "metrics.json", "report.html",
          "results.csv", "split.csv", "weights",
          "weights/best.safetensors", "weights/history.jsonl", "weights/last.safetensors",
        ])
    }

    @Test("Training stops early when the validation loss no longer improves")
    func patienceStops() async throws {
      let run = try await whisker(
        "train", pets, "--patience", "1", "--epochs", "200", "--learning-rate", "0.01", in: folder)
      #expect(run.status == 0, "\(run.story)")
      #expect(run.output.contains("early"))
      #expect(run.epochs.count < 200)
      #expect(try RunFiles(folder).json("metrics.json")["ended"] as? String == "stopped_early")
    }

    @Test("Without a validation part the validation columns stay empty")
    func noValidation() async throws {
      let run = try await whisker("train", pets, "--validation-split", "0", "--epochs", "2", in: folder)
      #expect(run.status == 0, "\(run.story)")
      #expect(!run.epochs.joined().contains("val_"))
      #expect(try RunFiles(folder).rows("results.csv").dropFirst().allSatisfy { $0[3] == "" && $0[4] == "" })
      let evaluation = try await whisker("evaluate", "runs/train1", pets, in: folder)
      #expect(evaluation.status == 0, "\(evaluation.story)")
    }
  }
}
