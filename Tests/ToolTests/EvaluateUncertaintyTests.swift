import Foundation
import TestSupport
import Testing

extension ToolTests {
  @Suite struct EvaluateUncertainty {
    private let folder: TemporaryFolder
    private let pets = Fixtures.samples + "/cats-dogs"

    init() async throws {
      folder = try TemporaryFolder()
      try await whisker("train", pets, "--epochs", "2", "-o", "model", in: folder)
    }

    private func evaluation(_ options: String...) async throws -> [String: Any] {
      let arguments = ["evaluate", "model", pets, "--split", "test", "--format", "json"] + options
      let run = try await ToolRun(arguments, in: folder).finish()
      #expect(run.status == 0, "\(run.story)")
      return try jsonObject(run.output)
    }

    @Test("The figures with dropout are those of what predict --mc-samples answers")
    func agreesWithPredict() async throws {
      let told = try await evaluation("--mc-samples", "12", "--seed", "5")
      let sampled = try #require((told["mc_dropout"] as? [String: Any])?["monte_carlo"] as? [String: Any])
      let run = try await whisker(
        "predict", "model", pets + "/test", "--mc-samples", "12", "--seed", "5", "--format", "json",
        in: folder)
      let answers = try run.lines.filter { !$0.isEmpty }.map {
        line -> (sure: Double, isRight: Bool, own: Double) in
        let answer = try jsonObject(line)
        let probabilities = try #require(answer["probabilities"] as? [String: Double])
        let own = try #require(answer["path"] as? String).contains("/test/cat/") ? "cat" : "dog"
        let label = try #require(answer["label"] as? String)
        return (try #require(probabilities[label]), label == own, try #require(probabilities[own]))
      }
      let count = Double(answers.count)
      #expect(
        abs(try #require(sampled["accuracy"] as? Double) - Double(answers.count { $0.isRight }) / count)
          < 1e-12)
      let loss = answers.reduce(0) { $0 - log($1.own) } / count
      #expect(abs(try #require(sampled["loss"] as? Double) - loss) < 1e-9)
      // The area: the mean share of mistakes among the k surest, over all k.
      var (wrong, area) = (0.0, 0.0)
      for (place, answer) in answers.sorted(by: { $0.sure > $1.sure }).enumerated() {
        wrong += answer.isRight ? 0 : 1
        area += wrong / Double(place + 1) / count
      }
      #expect(abs(try #require(sampled["area_under_risk_coverage"] as? Double) - area) < 1e-9)
    }

    @Test("Beside them stand the figures without dropout, as an evaluation prints them by itself")
    func deterministic() async throws {
      let plain = try await evaluation()
      #expect(plain["mc_dropout"] == nil)
      let told = try await evaluation("--mc-samples", "3", "--report", "page.html")
      let beside = try #require((told["mc_dropout"] as? [String: Any])?["deterministic"] as? [String: Any])
      for name in ["accuracy", "loss", "expected_calibration_error"] {
        let (one, other) = (try #require(plain[name] as? Double), try #require(beside[name] as? Double))
        #expect(abs(one - other) < 1e-9, "\(name)")
      }
      let points = try #require(beside["risk_coverage"] as? [[String: Double]])
      #expect(points.first?["coverage"] == 1 && points.first?["accuracy"] == beside["accuracy"] as? Double)
      let page = try WebPage(folder, "page.html")
      let area = try #require(beside["area_under_risk_coverage"] as? Double)
      #expect(page.row("Area under risk-coverage")?[1] == String(format: "%.4f", area))
      let text = try await whisker(
        "evaluate", "model", pets, "--split", "test", "--mc-samples", "3", in: folder)
      #expect(text.output.contains(String(format: "%.4f", area)), "\(text.story)")
    }

    @Test("Where nothing is dropped there is nothing to sample")
    func withoutDropout() async throws {
      try await whisker("train", pets, "--epochs", "1", "--dropout", "0", "-o", "dry", in: folder)
      let run = try await whisker("evaluate", "dry", pets, "--mc-samples", "5", in: folder)
      #expect(run.status == 1 && run.errors.contains("has no dropout"), "\(run.story)")
      for options in [["--seed", "1"], ["--mc-samples", "0"]] {
        let wrong = try await ToolRun(["evaluate", "model", pets] + options, in: folder).finish()
        #expect(wrong.status == 2 && wrong.errors.contains("--mc-samples"), "\(wrong.story)")
      }
    }
  }
}
