import Foundation
import TestSupport
import Testing

extension ToolTests {
  @Suite struct Resume {
    private static let models = [
      "weights/best.safetensors", "weights/last.safetensors", "weights/averaged.safetensors",
    ]
    /// Everything that has a state of its own: moved pictures, a schedule, averages, validations, checkpoints, rates.
    private static let options = [
      "train", "pets", "--epochs", "4", "--batch-size", "8", "--seed", "5", "--augment", "shift,noise",
      "--schedule", "cosine", "--average-weights", "--checkpoint-every", "2", "--validate-every", "5",
      "--dropout", "auto", "--weight-decay", "0.1", "--validation-split", "0.5",
    ]

    private let folder: TemporaryFolder

    init() throws {
      folder = try TemporaryFolder()
      try SmallSets.makeFolder("pets", classes: ["cat", "dog"], each: 56, in: folder)
      for number in 0..<5 { try folder.write([], to: "pets/cat/bad\(number).png") }
    }

    @Test("Killed at random moments and resumed, a run ends in the same bytes", .timeLimit(.minutes(30)))
    func killed() async throws {
      let wanted = Int(ProcessInfo.processInfo.environment["WHISKER_KILLS"] ?? "") ?? 20
      let start = ContinuousClock.now
      let reference = try await train("reference")
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      let expected = try models(reference)
      var random = SystemRandomNumberGenerator()
      var kills = 0
      while kills < wanted {
        try? FileManager.default.removeItem(atPath: folder.path("killed"))
        while !FileManager.default.fileExists(atPath: folder.path("killed/metrics.json")) {
          let run = try ToolRun(begunOrResumed(&random), in: folder)
          let result = try await run.killedAtRandom(within: seconds)
          #expect([0, -SIGKILL].contains(result.status), "\(result.story)")
          if result.status != 0 { kills += 1 }
        }
        let run = RunFiles(folder, "killed")
        #expect(try models(run) == expected, "after \(kills) kills")
        #expect(try figures(run) == figures(reference))
      }
    }

    /// Begins where there is nothing to resume; the threads are no matter.
    private func begunOrResumed(_ random: inout SystemRandomNumberGenerator) -> [String] {
      let threads = ["--threads", "\(Int.random(in: 1...3, using: &random))"]
      guard FileManager.default.fileExists(atPath: folder.path("killed/args.json")) else {
        try? FileManager.default.removeItem(atPath: folder.path("killed"))
        return Self.options + ["-o", "killed"] + threads
      }
      return ["train", "--resume", "killed"] + threads
    }

    @Test("Ctrl-C in the midst of an epoch loses nothing", arguments: [SIGINT, SIGTERM])
    func interrupted(signal: Int32) async throws {
      try SmallSets.makeIDX("many", count: 6000, in: folder)
      let options = ["train", "many", "--epochs", "2", "--verbose", "1", "-o"]
      let whole = try await ToolRun(options + ["whole"], in: folder).finish()
      #expect(whole.status == 0, "\(whole.story)")
      let run = try ToolRun(options + ["stopped"], in: folder)
      try await run.wait { $0.contains("Epoch 1/2 [") }
      run.signal(signal)
      let stopped = try await run.finish()
      #expect(stopped.status == 128 + signal, "\(stopped.story)")
      let resumed = try await whisker("train", "--resume", "stopped", in: folder)
      #expect(resumed.status == 0, "\(resumed.story)")
      #expect(resumed.output.contains("into epoch 1"), "\(resumed.story)")
      #expect(try models(RunFiles(folder, "stopped")) == models(RunFiles(folder, "whole")))
      #expect(try RunFiles(folder, "stopped").json("metrics.json")["ended"] as? String == "completed")
    }

    @Test("A finished run goes on with more epochs, to where a longer run would have come")
    func moreEpochs() async throws {
      let options = ["train", "pets", "--batch-size", "8", "--patience", "50", "--epochs"]
      _ = try await ToolRun(options + ["5", "-o", "long"], in: folder).finish()
      _ = try await ToolRun(options + ["2", "-o", "short"], in: folder).finish()
      let ended = try await whisker("train", "--resume", "short", in: folder)
      #expect(ended.status == 1 && ended.errors.contains("--epochs, such as 4"), "\(ended.story)")
      let resumed = try await whisker("train", "--resume", "short", "--epochs", "5", in: folder)
      #expect(resumed.status == 0 && resumed.epochs.count == 3, "\(resumed.story)")
      #expect(try models(RunFiles(folder, "short")) == models(RunFiles(folder, "long")))
      #expect(try figures(RunFiles(folder, "short")) == figures(RunFiles(folder, "long")))
    }

    @Test("A run whose data changed is refused with the difference, and is left as it was")
    func changedData() async throws {
      let run = try await train("run")
      let before = try models(run)
      try FileManager.default.removeItem(atPath: folder.path("pets/dog/7.png"))
      try folder.write(SmallSets.picture(99, 1), to: "pets/cat/new.png")
      try folder.write(SmallSets.picture(77, 3), to: "pets/cat/3.png")
      let refused = try await whisker("train", "--resume", "run", "--epochs", "9", in: folder)
      #expect(refused.status == 1, "\(refused.story)")
      for difference in ["dog/7.png is missing", "cat/new.png is new", "cat/3.png is changed"] {
        #expect(refused.errors.contains(difference), "\(refused.story)")
      }
      #expect(try models(run) == before)
    }

    @Test("Data that has moved as it was is named anew")
    func movedData() async throws {
      _ = try await train("run")
      try FileManager.default.moveItem(atPath: folder.path("pets"), toPath: folder.path("animals"))
      let lost = try await whisker("train", "--resume", "run", "--epochs", "5", in: folder)
      #expect(lost.status == 1 && lost.errors.contains("pets"), "\(lost.story)")
      let found = try await whisker("train", "animals", "--resume", "run", "--epochs", "5", in: folder)
      #expect(found.status == 0, "\(found.story)")
    }

    @Test("What would make it another run is refused, and so is what is no run")
    func refused() async throws {
      _ = try await train("run")
      for option in [["--learning-rate", "0.1"], ["--seed=4"], ["-o", "other"], ["--average-weights"]] {
        let run = try await ToolRun(["train", "--resume", "run"] + option, in: folder).finish()
        #expect(run.status == 2, "\(run.story)")
        #expect(run.errors.contains("cannot be combined with --resume"), "\(run.story)")
      }
      for name in ["pets", "nowhere", "run/args.json"] {
        let run = try await whisker("train", "--resume", name, in: folder)
        #expect(run.status == 1 && run.errors.contains(name), "\(run.story)")
      }
      try Data("{}".utf8).write(to: URL(fileURLWithPath: folder.path("run/args.json")))
      let damaged = try await whisker("train", "--resume", "run", "--epochs", "9", in: folder)
      #expect(damaged.status == 1 && damaged.errors.contains("run/args.json"), "\(damaged.story)")
    }

    @Test("A run that is being trained is not trained a second time")
    func twice() async throws {
      let first = try ToolRun(["train", "pets", "--epochs", "100000", "-o", "run"], in: folder)
      try await first.wait { $0.contains("Epoch      2/100000 loss") }
      let resumed = try await whisker("train", "--resume", "run", in: folder)
      let replaced = try await whisker("train", "pets", "-o", "run", "--overwrite", in: folder)
      for second in [resumed, replaced] {
        #expect(second.status == 1 && second.errors.contains("in use by another training"), "\(second.story)")
      }
      first.signal(SIGKILL)
      #expect(try await first.finish().status == -SIGKILL)
    }

    @Test("--validate-every prints and records its measurements, and the best weights may be from there")
    func validations() async throws {
      let run = try await train("run")
      let rows = try run.rows("validations.csv")
      // Eight batches in an epoch, less for what cannot be read; every fifth step but those that end one.
      #expect(rows.dropFirst().map { $0[7] }.allSatisfy { (Int($0) ?? 1).isMultiple(of: 5) })
      #expect(rows.count > 4)
      let losses = try (rows.dropFirst() + run.rows("results.csv").dropFirst()).map {
        try #require(Double($0[3]))
      }
      let best = try #require(try run.json("metrics.json")["best"] as? [String: Any])
      #expect(abs((best["val_loss"] as? Double ?? 0) - (losses.min() ?? 1)) < 1e-6)
      let evaluation = try await whisker(
        "evaluate", "run", "pets", "--split", "validation", "--format", "json", in: folder)
      let measured = try #require(try jsonObject(evaluation.output)["loss"] as? Double)
      #expect(abs(measured - (losses.min() ?? 1)) < 1e-5)
    }

    @Test("The averaged model is validated beside the other, and is what its file holds")
    func averages() async throws {
      let run = try await train("run")
      let columns = try run.rows("results.csv") + run.rows("validations.csv").dropFirst()
      let losses = try columns.dropFirst().map { try #require(Double($0[9])) }
      let evaluation = try await whisker(
        "evaluate", "run/weights/averaged.safetensors", "pets", "--split", "validation", "--format", "json",
        in: folder)
      let measured = try #require(try jsonObject(evaluation.output)["loss"] as? Double)
      #expect(abs(measured - (losses.min() ?? 1)) < 1e-5)
      #expect(try run.bytes(Self.models[0]) != run.bytes(Self.models[2]))
    }

    @Test("results.csv has the learning rate, and a schedule that is none is refused")
    func schedules() async throws {
      let options = ["train", "pets", "--epochs", "3", "--learning-rate", "0.01", "--schedule"]
      let run = try await ToolRun(options + ["step,epochs=1,factor=0.5", "-o", "run"], in: folder).finish()
      #expect(run.status == 0, "\(run.story)")
      #expect(
        try RunFiles(folder, "run").rows("results.csv").dropFirst().map { $0[8] } == [
          "0.01", "0.005", "0.0025",
        ])
      for schedule in [
        "linear", "step,every=2", "cosine,alpha=2", "step,epochs=0", "cosine,alpha=0,alpha=0", "",
        "cosine,warmup=1", "one-cycle,pct_start=2", "one-cycle,div_factor=0",
      ] {
        let refused = try await ToolRun(options + [schedule], in: folder).finish()
        #expect(refused.status == 2 && refused.errors.contains("--schedule"), "\(refused.story)")
      }
    }

    private func train(_ name: String) async throws -> RunFiles {
      let run = try await ToolRun(Self.options + ["-o", name], in: folder).finish()
      #expect(run.status == 0, "\(run.story)")
      return RunFiles(folder, name)
    }

    private func models(_ run: RunFiles) throws -> [String: Data] {
      let there = Self.models.filter { FileManager.default.fileExists(atPath: run.path + "/" + $0) }
      return try Dictionary(uniqueKeysWithValues: there.map { ($0, try run.bytes($0)) })
    }

    /// What `results.csv` tells, save for the times.
    private func figures(_ run: RunFiles) throws -> [[String]] {
      try run.rows("results.csv").map { $0[..<5] + $0[7..<11] }.map(Array.init)
    }
  }
}
