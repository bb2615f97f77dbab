import Foundation
import TestSupport
import Testing

extension ToolTests {
  @Suite struct Sweeps {
    private let folder: TemporaryFolder
    private static let rates = ["--dropout", "0:0.6:0.3", "--epochs", "2", "--batch-size", "16"]

    init() throws {
      folder = try TemporaryFolder()
      try SmallSets.makeIDX("many", count: 200, in: folder)
    }

    @discardableResult
    private func sweep(_ name: String, _ options: [String]) async throws -> ToolRun.Result {
      let run = try await ToolRun(["sweep", "many", "-o", name] + options, in: folder).finish()
      #expect(run.status == 0, "\(run.story)")
      return run
    }

    private func train(_ name: String, _ options: [String]) async throws -> Data {
      let arguments = ["train", "many", "--epochs", "2", "--batch-size", "16", "-o", name]
      let run = try await ToolRun(arguments + options, in: folder).finish()
      #expect(run.status == 0, "\(run.story)")
      return try RunFiles(folder, name).bytes("weights/best.safetensors")
    }

    /// What is the same of two sweeps that are the same.
    private func results(_ name: String) throws -> [Data] {
      try ["trainings.csv", "settings.csv", "split.csv", "weights/best.safetensors"].map {
        try RunFiles(folder, name).bytes($0)
      }
    }

    @Test("A setting's figures are those of its trainings, and text, CSV and JSON agree")
    func figures() async throws {
      let run = try await sweep("sweep", Self.rates + ["--seeds", "3", "--seed", "4"])
      let files = RunFiles(folder, "sweep")
      let (trainings, settings) = (try files.rows("trainings.csv"), try files.rows("settings.csv"))
      #expect(trainings.count == 10 && settings.count == 4)
      let json = try #require(try files.json("results.json")["settings"] as? [[String: Any]])
      for (row, told) in zip(settings.dropFirst(), json) {
        let own = trainings.filter { $0[0] == row[0] }
        #expect(own.map { $0[2] } == ["4", "5", "6"])
        for (column, name) in [(5, "accuracy"), (6, "loss"), (7, "val_accuracy"), (8, "val_loss")] {
          let values = own.compactMap { Double($0[column]) }
          let mean = values.reduce(0, +) / 3
          let deviation = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 2).squareRoot()
          let place = try #require(settings[0].firstIndex(of: "\(name)_mean"))
          // t(0.975, 2) of the tables.
          for (found, expected) in zip(
            row[place...], [mean, deviation, 4.302653 * deviation / 3.0.squareRoot()])
          {
            #expect(abs(try #require(Double(found)) - expected) < 2e-5)
          }
          let figure = try #require(told[name] as? [String: Double])
          #expect(abs(try #require(figure["mean"]) - mean) < 1e-5)
          if name.hasPrefix("val") {
            #expect(run.output.contains(String(format: "%.4f ±%.4f", mean, deviation)), "\(run.output)")
          }
        }
      }
      #expect(!run.output.contains("\u{1B}"))
    }

    @Test(
      "A combination ends in the same model as whisker train with these options, and dropout is off when measured"
    )
    func sameAsTrain() async throws {
      try await sweep("sweep", Self.rates + ["--seeds", "2"])
      let files = RunFiles(folder, "sweep")
      let results = try files.json("results.json")
      let best = try #require(results["best"] as? Int)
      let own = try #require(results["trainings"] as? [[String: Any]]).filter {
        $0["setting"] as? Int == best
      }
      let kept = try #require(own.min { (loss(of: $0) ?? 9) < (loss(of: $1) ?? 9) })
      let (rate, seed) = (["0", "0.3", "0.6"][best], try #require(kept["seed"] as? Int))
      let trained = try await train("run", ["--dropout", rate, "--seed", "\(seed)"])
      #expect(try files.bytes("weights/best.safetensors") == trained)
      for (part, accuracy) in [
        ("val", (kept["best"] as? [String: Any])?["val_accuracy"]),
        ("train", (kept["training"] as? [String: Any])?["accuracy"]),
      ] {
        let run = try await whisker(
          "evaluate", "sweep", "many", "--split", part, "--format", "json", in: folder)
        #expect(try jsonObject(run.output)["accuracy"] as? Double == accuracy as? Double, "\(run.story)")
      }
      #expect(files.files.allSatisfy { !$0.hasPrefix("trainings/") })
    }

    private func loss(of training: [String: Any]) -> Double? {
      (training["best"] as? [String: Any])?["val_loss"] as? Double
    }

    @Test(
      "The numbers are the same however many are trained at once",
      arguments: [["--parallel", "1"], ["--parallel", "5"], ["--threads", "1"], ["--threads", "3"]])
    func anyDivision(options: [String]) async throws {
      try await sweep("one", Self.rates + ["--seeds", "2"])
      try await sweep("other", Self.rates + ["--seeds", "2"] + options)
      #expect(try results("one") == results("other"))
    }

    @Test("Pictures that are decoded once give the same models as those that every training decodes")
    func photos() async throws {
      try SmallSets.makeFolder("pets", classes: ["cat", "dog"], in: folder)
      try folder.write([1, 2], to: "pets/cat/bad.png")
      let options = ["--epochs", "2", "--seed", "3"]
      let run = try await ToolRun(
        ["sweep", "pets", "--dropout", "0.4", "--seeds", "1", "-o", "sweep"] + options, in: folder
      ).finish()
      #expect(run.errors.contains("Skipped 1 file") && run.errors.contains("bad.png"), "\(run.story)")
      let trained = try await ToolRun(
        ["train", "pets", "--dropout", "0.4", "-o", "run"] + options, in: folder
      ).finish()
      #expect(trained.status == 0)
      let models = try ["sweep", "run"].map { try RunFiles(folder, $0).bytes("weights/best.safetensors") }
      #expect(models[0] == models[1])
    }

    @Test(
      "Killed and resumed, a sweep ends in the same numbers and the same model",
      arguments: [[], ["--halving"]])
    func killed(options: [String]) async throws {
      let asked = ["--dropout", "0:0.6:0.2", "--epochs", "4", "--seeds", "3"] + options
      try await sweep("reference", asked)
      let expected = try results("reference")
      var kills = 0
      for delay in [60, 150, 250, 350, 100_000] {
        let begun = FileManager.default.fileExists(atPath: folder.path("killed/results.json"))
        let arguments =
          begun ? ["--resume", "killed"] : ["many", "-o", "killed", "--overwrite"] + asked
        let run = try ToolRun(["sweep"] + arguments, in: folder)
        let moment = ContinuousClock.now + .milliseconds(delay)
        try await run.wait { _ in ContinuousClock.now > moment }
        run.signal(SIGKILL)
        let result = try await run.finish(within: 30)
        #expect([0, -SIGKILL].contains(result.status), "\(result.story)")
        if result.status != 0 { kills += 1 }
      }
      #expect(kills > 0)
      #expect(try results("killed") == expected, "after \(kills) kills")
    }

    @Test("Ctrl-C ends a sweep soon, and says how it goes on")
    func interrupted() async throws {
      let run = try ToolRun(
        ["sweep", "many", "--dropout", "0:0.7:0.05", "--epochs", "20", "-o", "sweep"]
          + SmallSets.makeNetwork(in: folder), in: folder)
      try await run.wait { $0.contains("1/45 dropout") }
      run.signal(SIGINT)
      let result = try await run.finish(within: 5)
      #expect(result.status == 130, "\(result.story)")
      #expect(result.output.contains("whisker sweep --resume sweep"), "\(result.story)")
      let evaluation = try await whisker("evaluate", "sweep", "many", in: folder)
      #expect(evaluation.status == 0, "\(evaluation.story)")
    }

    @Test("A setting whose loss is no longer a number fails alone")
    func hopeless() async throws {
      let run = try await sweep(
        "sweep", ["--learning-rate", "0.001,1e30", "--optimizer", "sgd", "--epochs", "1", "--seeds", "2"])
      #expect(run.output.contains("Failed    learning rate"), "\(run.story)")
      #expect(try RunFiles(folder, "sweep").json("results.json")["best"] as? Int == 0)
    }

    @Test(
      "The page has a chart of one rate and a map of two, and leads nowhere",
      arguments: ["0:0.6:0.3", "0:0.5:0.5,0.3:0.6:0.3"])
    func page(rates: String) async throws {
      try await sweep("sweep", ["--dropout", rates, "--epochs", "1", "--seeds", "2"])
      let page = try WebPage(folder, "sweep/report.html")
      #expect(page.references.isEmpty)
      #expect(page.elements.isDisjoint(with: ["script", "link", "iframe", "a"]))
      let settings = try RunFiles(folder, "sweep").rows("settings.csv").count - 1
      #expect(page.rows.count { $0.first?.hasPrefix("dropout ") ?? false } >= settings)
      #expect(page.elements.contains("polyline") == !rates.contains(","))
      #expect((page.words["caption"] ?? []).isEmpty == !rates.contains(","))
      #expect(page.text.contains("95\u{A0}% confidence interval of the mean over 2 seeds"))
    }

    @Test("At a terminal a table grows in place, and fits it", arguments: [80, 40])
    func terminal(columns: UInt16) async throws {
      let arguments = ["sweep", "many", "-o", "sweep", "--seeds", "2"] + Self.rates
      let run = try await ToolRun(arguments, in: folder, columns: columns).finish()
      #expect(run.status == 0, "\(run.story)")
      #expect(run.output.contains("\u{1B}[") && run.output.contains("of 6 trainings"))
      let table = run.output.components(separatedBy: "\u{1B}[J").last ?? ""
      #expect(table.contains("best"))
    }

    @Test(
      "Wrong usage is told by the option's name, before anything is trained",
      arguments: [
        ([], "--dropout"), (["--dropout", "0:0.7"], "--dropout"), (["--dropout", "0.7:0:0.1"], "--dropout"),
        (["--dropout", "0:0.7:0"], "--dropout"), (["--dropout", "0:2:0.5"], "--dropout"),
        (["--dropout", "0.1,0.2,0.3"], "--dropout"), (["--dropout", "0:0.9:1e-9"], "--dropout"),
        (["--dropout", "0:1e-18:1e-19"], "--dropout"),
        (["--dropout", "0.1", "--seeds", "0"], "--seeds"), (["--learning-rate", "0,1"], "--learning-rate"),
        (["--learning-rate", "0.1,0.1"], "--learning-rate"),
        (["--dropout", "0.1", "--parallel", "0"], "--parallel"),
        (["--dropout", "0:0.9:0.001,0:0.9:0.001"], "trainings"),
        (["--dropout", "0.1", "--average-weights"], "--average-weights"),
        (["--dropout", "0.1", "--checkpoint-every", "3"], "--checkpoint-every"),
        (["--dropout", "0.1", "--synthetic", "noise"], "--synthetic"),
      ])
    func wrongUsage(options: [String], named: String) async throws {
      let before = folder.contents()
      let run = try await ToolRun(["sweep", "many"] + options, in: folder).finish()
      #expect(run.status == 2, "\(run.story)")
      #expect(run.errors.contains(named), "\(run.story)")
      #expect(folder.contents() == before)
    }

    @Test("A sweep of one setting says so, and how several are given; it has nothing to compare")
    func oneSetting() async throws {
      for seeds in ["1", "2"] {
        let one = try await sweep(
          "one\(seeds)", ["--dropout", "0.1,0.2", "--epochs", "1", "--seeds", seeds])
        #expect(one.output.contains("Sweep     1 setting x"), "\(one.story)")
        #expect(
          one.output.contains("only one setting") && one.output.contains("--dropout 0:0.5:0.1"),
          "\(one.story)")
        #expect(!one.output.contains("significan") && !one.output.contains("other setting"), "\(one.story)")
      }
      let two = try await sweep("two", ["--learning-rate", "0.001,0.003", "--epochs", "1", "--seeds", "2"])
      #expect(two.output.contains("significan") && !two.output.contains("only one setting"), "\(two.story)")
    }

    @Test("A sweep needs something to validate on")
    func nothingHeldBack() async throws {
      let run = try await whisker(
        "sweep", "many", "--dropout", "0.1", "--validation-split", "0", in: folder)
      #expect(run.status == 1 && run.errors.contains("--validation-split"), "\(run.story)")
    }
  }
}
