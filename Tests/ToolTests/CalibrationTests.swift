import Foundation
import TestSupport
import Testing
import WhiskerCore
import WhiskerTraining

extension ToolTests {
  @Suite struct CalibrationOfModels {
    private let folder: TemporaryFolder
    private let pets = Fixtures.samples + "/cats-dogs"
    private let model = "model/weights/best.safetensors"

    /// A model that is right often enough for a threshold, and not always.
    init() async throws {
      folder = try TemporaryFolder()
      try await whisker("train", pets, "--epochs", "12", "--average-weights", "-o", "model", in: folder)
    }

    private var scaling: TemperatureScaling {
      get throws { try #require(try Model(folder.path(model)).temperature) }
    }

    /// The model as one that knows no temperature.
    private func stripped() throws -> String {
      let file = try SafetensorsReader(folder.path(model))
      var metadata = file.metadata
      metadata["whisker.calibration"] = nil
      var writer = SafetensorsWriter(metadata: metadata)
      for name in file.names { writer.add(name, from: file, named: name) }
      try writer.write(to: folder.path("stripped.safetensors"))
      return "stripped.safetensors"
    }

    private func probabilities(_ model: String, _ options: [String] = []) async throws -> [[String: Double]] {
      let run = try await ToolRun(
        ["predict", model, pets + "/test", "--format", "json"] + options, in: folder
      ).finish()
      #expect(run.status == 0, "\(run.story)")
      return try run.lines.dropLast().map {
        try #require(try jsonObject($0)["probabilities"] as? [String: Double])
      }
    }

    @Test(
      "Probabilities have the temperature of the file; with --raw they are those of a file without one, bit for bit"
    )
    func raw() async throws {
      let temperature = try scaling.temperature
      #expect(temperature != 1)
      let (calibrated, raw) = try await (probabilities("model"), probabilities("model", ["--raw"]))
      #expect(try await probabilities(try stripped()) == raw)
      #expect(calibrated.count == 100 && calibrated != raw)
      for (one, other) in zip(calibrated, raw) {
        let powers = other.mapValues { pow($0, 1 / temperature) }
        let sum = powers.values.reduce(0, +)
        for (name, value) in one { #expect(abs(value - (powers[name] ?? 0) / sum) < 1e-12) }
        #expect(one.max { $0.value < $1.value }?.key == other.max { $0.value < $1.value }?.key)
      }
      // The temperature was not fitted for Monte-Carlo dropout.
      let sampled = try await probabilities("model", ["--mc-samples", "3"])
      #expect(try await probabilities("stripped.safetensors", ["--mc-samples", "3"]) == sampled)
    }

    @Test(
      "An import keeps the temperature with the preprocessing that it was fitted for, and not with another one"
    )
    func imported() async throws {
      try await whisker("import", model, "-o", "same.safetensors", in: folder)
      try await whisker("import", model, "-o", "other.safetensors", "--pad-to-aspect-ratio", in: folder)
      func metadata(_ name: String) throws -> String? {
        try SafetensorsReader(folder.path(name)).metadata["whisker.calibration"]
      }
      #expect(try metadata(model) != nil && metadata("same.safetensors") == metadata(model))
      #expect(try metadata("other.safetensors") == nil)
    }

    @Test("The query of a server may ask for the threshold of the file")
    func servedThreshold() async throws {
      let threshold = try #require(try scaling.threshold)
      let picture = pets + "/test/cat/000.png"
      func answer(_ server: ServerRun, _ query: String) throws -> (status: Int, text: String) {
        let answer = try server.ask("predict?" + query, "--data-binary", "@" + picture)
        return (answer.status, answer.body)
      }
      let server = try await ServerRun("--threshold", "1", model: "model", in: folder)
      let named = try answer(server, "threshold=\(threshold.probability)")
      let automatic = try answer(server, "threshold=auto")
      #expect(named.status == 200 && automatic == named, "\(automatic)")
      // Other probabilities have no such threshold.
      let mirrored = try await ServerRun("--tta", "flip", model: "model", in: folder)
      let refused = try answer(mirrored, "threshold=auto")
      #expect(refused.status == 400 && refused.text.contains("threshold"), "\(refused)")
      let plain = try await ServerRun(model: stripped(), in: folder)
      #expect(try answer(plain, "threshold=auto").status == 400)
    }

    @Test(
      "With --threshold auto, 95 % of the answers on the validation pictures are correct, and as many as the file says"
    )
    func automaticThreshold() async throws {
      let threshold = try #require(try scaling.threshold)
      #expect(threshold.accuracy >= 0.95 && threshold.coverage < 1 && threshold.probability > 0)
      let held = try RunFiles(folder, "model").rows("split.csv").filter { $0[2] == "validation" }
      #expect(held.count == 80)
      let run = try await ToolRun(
        ["predict", "model", "--threshold", "auto", "--format", "csv"] + held.map { pets + "/" + $0[0] },
        in: folder
      ).finish()
      #expect(run.status == 0, "\(run.story)")
      #expect(run.errors.contains(": threshold \(fixed(threshold.probability, 6)): "), "\(run.story)")
      let answers = zip(
        held, run.lines.dropFirst().map { $0.split(separator: ",", omittingEmptySubsequences: false) }
      ).map { (actual: $0[1], label: $1[1]) }
      let answered = answers.filter { !$0.label.isEmpty }
      #expect(Double(answered.count) / 80 == threshold.coverage)
      #expect(Double(answered.count { $0.actual == $0.label }) / Double(answered.count) == threshold.accuracy)
      let inspected = try await whisker("inspect", "model", in: folder)
      #expect(
        inspected.output.contains("Threshold \(fixed(threshold.probability, 6)): "), "\(inspected.story)")
    }

    @Test(
      "A file without a threshold, and probabilities that are not calibrated, are errors with --threshold auto"
    )
    func noThreshold() async throws {
      let picture = pets + "/test/cat/000.png"
      for options in [["--raw"], ["--mc-samples", "2"], ["--tta", "flip"]] {
        let run = try await ToolRun(
          ["predict", "model", picture, "--threshold", "auto"] + options, in: folder
        )
        .finish()
        #expect(run.status == 2 && run.errors.contains("--threshold auto is for calibrated"), "\(run.story)")
      }
      let run = try await whisker("predict", try stripped(), picture, "--threshold", "auto", in: folder)
      #expect(run.status == 1 && run.output.isEmpty, "\(run.story)")
      #expect(
        run.errors.contains("has no threshold") && run.errors.contains("--validation-split"), "\(run.story)")
      let quiet = try await whisker("inspect", "stripped.safetensors", in: folder)
      #expect(!quiet.output.contains("Threshold") && !quiet.output.contains("ECE"))
      let word = try await whisker("predict", "model", picture, "--threshold", "automatic", in: folder)
      #expect(word.status == 2, "\(word.story)")
    }

    @Test("evaluate has the figures of the network as before, and those with the temperature")
    func evaluate() async throws {
      let options = [pets, "--format", "json", "--report", "page.html", "--overwrite"]
      func figures(_ model: String) async throws -> [String: Any] {
        let run = try await ToolRun(["evaluate", model] + options, in: folder).finish()
        #expect(run.status == 0, "\(run.story)")
        return try jsonObject(run.output)
      }
      let plain = try await figures(try stripped())
      #expect(plain["calibrated"] == nil)
      #expect(try !String(contentsOfFile: folder.path("page.html"), encoding: .utf8).contains("temperature"))
      let found = try await figures("model")
      for key in ["loss", "accuracy", "expected_calibration_error"] {
        #expect(found[key] as? Double == plain[key] as? Double)
      }
      let calibrated = try #require(found["calibrated"] as? [String: Double])
      #expect(abs((calibrated["temperature"] ?? 0) - (try scaling.temperature)) < 1e-12)
      let (before, after) = (
        found["expected_calibration_error"] as? Double, calibrated["expected_calibration_error"]
      )
      #expect(try #require(after) < #require(before))
      #expect(
        try String(contentsOfFile: folder.path("page.html"), encoding: .utf8).contains(
          "accuracy with temperature"))
      let text = try await whisker("evaluate", "model", pets, in: folder)
      #expect(
        text.output.contains(" with temperature \(fixed(try scaling.temperature, 4)), "), "\(text.story)")
    }

    @Test("Every model of a run has the temperature of its own weights, which metrics.json reports")
    func everyModel() async throws {
      let metrics = try RunFiles(folder, "model").json("metrics.json")
      for (name, report, key) in [
        ("best", "best", "calibration"), ("averaged", "best_average", "average_calibration"),
      ] {
        let scaling = try #require(try Model(folder.path("model/weights/\(name).safetensors")).temperature)
        let reported = try #require((metrics[report] as? [String: Any])?[key] as? [String: Any])
        let temperature = try #require(reported["temperature"] as? Double)
        // Foundation may read the last digit otherwise.
        #expect(abs(temperature - scaling.temperature) < 1e-12)
      }
      #expect(try Model(folder.path("model/weights/last.safetensors")).temperature != nil)
      let page = try String(contentsOfFile: folder.path("model/report.html"), encoding: .utf8)
      #expect(page.contains("accuracy with temperature"))
    }

    @Test("Without validation pictures there is no temperature")
    func withoutValidation() async throws {
      try await whisker("train", pets, "--epochs", "1", "--validation-split", "0", "-o", "whole", in: folder)
      #expect(try Model(folder.path("whole")).temperature == nil)
    }
  }
}
