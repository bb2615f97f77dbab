import Foundation
import TestSupport
import Testing

extension ToolTests {
  @Suite struct LearningRates {
    private let folder: TemporaryFolder
    private let digits = Fixtures.samples + "/digits"

    init() throws { folder = try TemporaryFolder() }

    @Test("--find-learning-rate suggests a rate and writes nothing") func suggestion() async throws {
      let run = try await whisker("train", digits, "--find-learning-rate", in: folder)
      #expect(run.status == 0, "\(run.story)")
      #expect(run.output.contains("\nSuggest   a tenth of it: --learning-rate 0.00"), "\(run.story)")
      #expect(run.output.contains("Next      whisker train --learning-rate 0.00"), "\(run.story)")
      #expect(run.output.contains(" \(digits)\n"), "\(run.story)")
      #expect(!run.output.contains("--find-learning-rate") && !run.output.contains("Loss  "))
      #expect(folder.contents().isEmpty)
    }

    @Test("A terminal shows the losses") func curve() async throws {
      let run = try await ToolRun(
        ["train", digits, "--find-learning-rate"], in: folder, columns: 80, environment: ["LC_ALL": "C.UTF-8"]
      ).finish()
      #expect(run.output.contains("▁") && run.output.contains("█"), "\(run.story)")
    }

    @Test(
      "--find-learning-rate is refused with options of a run",
      arguments: [["--learning-rate", "0.1"], ["--seeds", "2"], ["-o", "run"]])
    func refused(options: [String]) async throws {
      let run = try await ToolRun(["train", digits, "--find-learning-rate"] + options, in: folder).finish()
      #expect(run.status == 2 && run.errors.contains("--find-learning-rate"), "\(run.story)")
    }

    @Test("--tta flip averages over mirror images, and says so") func flip() async throws {
      let trained = try await whisker("train", digits, "--epochs", "1", "-o", "run", in: folder)
      #expect(trained.status == 0, "\(trained.story)")
      let plain = try await whisker("evaluate", "run", digits, in: folder)
      let flipped = try await whisker(
        "evaluate", "run", digits, "--tta", "flip", "--report", "r.html", in: folder)
      #expect(flipped.status == 0 && flipped.output.contains("--tta flip"), "\(flipped.story)")
      #expect(plain.output != flipped.output && !plain.output.contains("Averaged"))
      let page = try String(contentsOfFile: folder.path("r.html"), encoding: .utf8)
      #expect(page.contains("averaged over each picture and its mirror image"))
      let json = try await whisker(
        "evaluate", "run", digits, "--tta", "flip", "--format", "json", in: folder)
      #expect(try jsonObject(json.output)["tta"] as? String == "flip")
      let predicted = try await whisker(
        "predict", "run", Fixtures.samples + "/cats-dogs/test/cat/000.png", "--tta", "flip", in: folder)
      #expect(predicted.status == 0, "\(predicted.story)")
    }
  }
}
