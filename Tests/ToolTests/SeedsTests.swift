import Foundation
import TestSupport
import Testing

extension ToolTests {
  @Suite struct Seeds {
    private let folder: TemporaryFolder
    private let digits = Fixtures.samples + "/digits"
    private static let options = ["--epochs", "2", "--batch-size", "16"]

    init() throws {
      folder = try TemporaryFolder()
      try SmallSets.makeFolder("pets", classes: ["cat", "dog"], each: 30, in: folder)
    }

    private func run(_ arguments: [String]) async throws -> ToolRun.Result {
      let run = try await ToolRun(arguments, in: folder).finish()
      #expect(run.status == 0, "\(run.story)")
      return run
    }

    @Test("Each seed's run is the run of that seed, and the interval is Student's")
    func members() async throws {
      let result = try await run(
        ["train", "pets", "--seeds", "3", "--seed", "5", "-o", "all"] + Self.options)
      let losses = try (5...7).map { seed in
        let best = try #require(
          try RunFiles(folder, "all/seed\(seed)").json("metrics.json")["best"] as? [String: Any])
        return try #require(best["val_loss"] as? Double)
      }
      for seed in 5...7 {
        _ = try await run(["train", "pets", "--seed", "\(seed)", "-o", "one\(seed)"] + Self.options)
        for name in ["weights/best.safetensors", "weights/last.safetensors", "split.csv"] {
          #expect(
            try RunFiles(folder, "all/seed\(seed)").bytes(name) == RunFiles(folder, "one\(seed)").bytes(name))
        }
      }
      let mean = losses.reduce(0, +) / 3
      let reach =
        4.302653 * (losses.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 2 / 3).squareRoot()
      let line = try #require(result.lines.first { $0.hasPrefix("val_loss") })
      let numbers = line.split(separator: " ").compactMap { Double($0) }
      #expect(abs(numbers[0] - mean) < 1e-4 && abs(numbers[2] - (mean - reach)) < 2e-4, "\(line)")
      let best = try #require(losses.indices.min { losses[$0] < losses[$1] })
      #expect(
        try RunFiles(folder, "all").bytes("weights/best.safetensors")
          == RunFiles(folder, "all/seed\(5 + best)").bytes("weights/best.safetensors"))
    }

    @Test("An ensemble answers with the mean of its members, wherever a model is used")
    func ensemble() async throws {
      _ = try await run(["train", "pets", "--seeds", "3", "--ensemble", "-o", "all"] + Self.options)
      let picture = "pets/dog/3.png"
      func probability(_ model: String) async throws -> Double {
        let answer = try jsonObject(try await run(["predict", model, picture, "--format", "json"]).output)
        return try #require((answer["probabilities"] as? [String: Double])?["dog"])
      }
      var sum = 0.0
      for seed in 0...2 { sum += try await probability("all/seed\(seed)") }
      #expect(abs(try await probability("all") - sum / 3) < 1e-6)
      #expect(try await run(["inspect", "all"]).output.contains("the mean of 3 networks"))
      let evaluation = try jsonObject(
        try await run([
          "evaluate", "all", "pets", "--split", "val", "--format", "json", "--report", "page.html",
        ])
        .output)
      let told = try #require(
        try RunFiles(folder, "all").json("results.json")["ensemble"] as? [String: Double])
      #expect(evaluation["accuracy"] as? Double == told["accuracy"])
      let runs = try await run(["runs", "all"])
      let row = try #require(runs.lines.first { $0.hasPrefix("all ") }?.split(separator: " "))
      #expect(row[3] == String(format: "%.4f", try #require(told["accuracy"])), "\(runs.story)")
      for command in [["inspect", "all"], ["evaluate", "all", "pets", "--split", "val"]] {
        let text = try await run(command).output
        #expect(text.contains("the mean of 3 networks") && !text.contains("epoch"), "\(text)")
      }
      let held = try WebPage(folder, "page.html").text
      #expect(held.contains("mean of 3 networks") && !held.contains("epoch"))
      let page = try WebPage(folder, "all/report.html")
      let headline = try #require(page.words["h1"]?.first)
      #expect(headline.hasPrefix("The ensemble of 3 networks"), "\(headline)")
      #expect(page.text.contains("Confusion matrix") && page.text.contains("Most confident mistakes"))
      for row in try #require(evaluation["confusion"] as? [[Int]]) {
        #expect(page.rows.contains { $0.dropFirst().starts(with: row.map(String.init)) }, "\(row)")
      }
      // All hold back the same pictures.
      let splits = try (0...2).map { try RunFiles(folder, "all/seed\($0)").bytes("split.csv") }
      #expect(Set(splits).count == 1)
      _ = try await run(["export", "all", "-o", "all.onnx"])
      _ = try await run(["export", "all", "-o", "all.mlmodel"])
    }

    @Test("Killed and resumed, several seeds end in the same bytes; with more epochs they go on")
    func resumed() async throws {
      let asked = ["pets", "--seeds", "3", "--ensemble", "--epochs", "3", "--batch-size", "16"]
      _ = try await run(["train", "-o", "reference"] + asked)
      let expected = try RunFiles(folder, "reference").bytes("weights/best.safetensors")
      for delay in [60, 120, 200] {
        let begun = FileManager.default.fileExists(atPath: folder.path("killed/results.json"))
        let process = try ToolRun(
          ["train"] + (begun ? ["--resume", "killed"] : asked + ["-o", "killed", "--overwrite"]), in: folder)
        let moment = ContinuousClock.now + .milliseconds(delay)
        try await process.wait { _ in ContinuousClock.now > moment }
        process.signal(SIGKILL)
        _ = try await process.finish(within: 30)
      }
      _ = try await run(["train", "--resume", "killed"])
      #expect(try RunFiles(folder, "killed").bytes("weights/best.safetensors") == expected)
      _ = try await run(["train", "--resume", "killed", "--epochs", "5"])
      _ = try await run(
        ["train", "pets", "--seeds", "3", "--ensemble", "--epochs", "5", "--batch-size", "16", "-o", "long"])
      #expect(
        try RunFiles(folder, "killed").bytes("weights/best.safetensors")
          == RunFiles(folder, "long").bytes("weights/best.safetensors"))
    }

    @Test("Where a training came to nothing, the model is the best of the others")
    func hopelessAlone() async throws {
      _ = try await run(["train", "pets", "--seeds", "2", "-o", "all"] + Self.options)
      // As it is noted of a training whose loss is no longer a number.
      var record = try RunFiles(folder, "all").json("results.json")
      record["trainings"] = try #require(record["trainings"] as? [[String: Any]]).map { training in
        guard training["seed"] as? Int == 0 else { return training }
        return ["setting": 0, "seed": 0, "epochs": [Any](), "has_ended": true, "failure": "the loss"]
      }
      try folder.write(Array(try JSONSerialization.data(withJSONObject: record)), to: "all/results.json")
      try FileManager.default.removeItem(atPath: folder.path("all/weights/best.safetensors"))
      let other = try RunFiles(folder, "all/seed1").bytes("weights/best.safetensors")
      try folder.write(Array(other), to: "all/weights/setting1.safetensors")
      let resumed = try await run(["train", "--resume", "all"])
      #expect(resumed.output.contains("Best      seed 1") && resumed.output.contains("Failed    the loss"))
      #expect(try RunFiles(folder, "all").bytes("weights/best.safetensors") == other)
    }

    @Test("Where no training comes to anything, that is a failure")
    func hopeless() async throws {
      for command in [
        ["train", "--seeds", "2", "--learning-rate", "1e30"], ["sweep", "--learning-rate", "1e30"],
      ] {
        let run = try await ToolRun(command + ["pets", "-o", command[0]] + Self.options, in: folder).finish()
        #expect(run.status == 1, "\(run.story)")
        #expect(run.errors.contains("every training failed: training diverged"), "\(run.story)")
        #expect(
          try WebPage(folder, "\(command[0])/report.html").text.contains("All trainings failed"))
      }
    }

    @Test("Several seeds that go on are not shown live")
    func serving() async throws {
      _ = try await run(["train", "pets", "--seeds", "2", "-o", "all"] + Self.options)
      let refused = try await whisker("train", "--resume", "all", "--serve", in: folder)
      #expect(refused.status == 2 && refused.errors.contains("--serve"), "\(refused.story)")
    }

    @Test(
      "Wrong usage is told by the option's name",
      arguments: [
        (["--seeds", "1"], "--seeds"), (["--ensemble"], "--ensemble requires --seeds"),
        (["--seeds", "2", "--serve"], "--serve"),
      ])
    func wrongUsage(options: [String], named: String) async throws {
      let run = try await ToolRun(["train", "pets"] + options, in: folder).finish()
      #expect(run.status == 2 && run.errors.contains(named), "\(run.story)")
    }
  }
}
