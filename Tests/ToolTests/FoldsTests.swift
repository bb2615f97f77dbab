import Foundation
import TestSupport
import Testing

extension ToolTests {
  @Suite struct Folds {
    private let folder: TemporaryFolder
    private static let options = ["--epochs", "2", "--batch-size", "16"]

    init() throws {
      folder = try TemporaryFolder()
      try SmallSets.makeFolder("pets", classes: ["cat", "dog"], each: 23, in: folder)
    }

    @discardableResult
    private func run(_ arguments: [String], status: Int32 = 0) async throws -> ToolRun.Result {
      let run = try await ToolRun(arguments, in: folder).finish()
      #expect(run.status == status, "\(run.story)")
      return run
    }

    /// The pictures that each fold of a run holds back.
    private func held(_ run: String, folds: Int) throws -> [Set<String>] {
      try (1...folds).map { fold in
        let rows = try RunFiles(folder, "\(run)/fold\(fold)").rows("split.csv").dropFirst()
        return Set(rows.filter { $0[2] == "validation" }.map { $0[0] })
      }
    }

    @Test(
      "Every picture is held back once, copies together, in proportion, and predicted by that fold's model")
    func everyPictureOnce() async throws {
      for copy in ["pets/cat/copy.png", "pets/dog/again.png"] {
        try FileManager.default.copyItem(atPath: folder.path("pets/cat/3.png"), toPath: folder.path(copy))
      }
      let result = try await run(
        ["train", "pets", "--folds", "4", "--seed", "5", "-o", "all"] + Self.options)
      #expect(result.output.contains("Folds     4, trained with the seeds 5 to 8"), "\(result.story)")
      let held = try held("all", folds: 4)
      #expect(held.reduce(0) { $0 + $1.count } == 48 && Set(held.joined()).count == 48)
      for fold in held {
        #expect((5...7).contains(fold.count { $0.hasPrefix("dog") }) && (11...13).contains(fold.count))
        #expect(fold.contains("cat/3.png") == fold.contains("dog/again.png"))
        #expect(fold.contains("cat/3.png") == fold.contains("cat/copy.png"))
      }
      // The table of predictions against each fold's own model.
      let rows = try RunFiles(folder, "all").rows("predictions.csv")
      #expect(rows[0] == ["path", "class", "predicted", "probability", "loss", "fold", "cat", "dog"])
      #expect(rows.count == 49)
      for fold in 1...4 {
        try await run(["evaluate", "all/fold\(fold)", "pets", "-o", "fold\(fold).csv"])
        let own = try String(contentsOfFile: folder.path("fold\(fold).csv"), encoding: .utf8)
          .split(separator: "\n").map { $0.split(separator: ",").map(String.init) }.dropFirst()
        let told = rows.filter { $0[5] == "\(fold)" }.map { $0[..<5] + $0[6...] }.map(Array.init)
        #expect(told == Array(own))
        #expect(Set(told.map { $0[0] }) == held[fold - 1])
      }
    }

    @Test("Accuracy of each fold, mean, interval and matrix are those of the predictions")
    func figures() async throws {
      let result = try await run(["train", "pets", "--folds", "3", "-o", "all"] + Self.options)
      let files = RunFiles(folder, "all")
      let rows = try files.rows("predictions.csv").dropFirst()
      let record = try files.json("results.json")
      let told = try #require(record["out_of_fold"] as? [String: Any])
      let right = rows.count { $0[1] == $0[2] }
      #expect(told["samples"] as? Int == 46 && told["accuracy"] as? Double == Double(right) / 46)
      let names = ["cat", "dog"]
      let matrix = names.map { actual in
        names.map { predicted in rows.count { $0[1] == actual && $0[2] == predicted } }
      }
      #expect(told["confusion"] as? [[Int]] == matrix)
      let accuracies = (1...3).map { fold in
        let own = rows.filter { $0[5] == "\(fold)" }
        return Double(own.count { $0[1] == $0[2] }) / Double(own.count)
      }
      let folds = try #require(told["folds"] as? [[String: Any]])
      #expect(folds.map { $0["accuracy"] as? Double } == accuracies)
      let mean = accuracies.reduce(0, +) / 3
      let squares = accuracies.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      let reach = 4.302653 * (squares / 2 / 3).squareRoot()
      let setting = try #require(
        (record["settings"] as? [[String: Any]])?.first?["val_accuracy"] as? [String: Double])
      #expect(abs(try #require(setting["mean"]) - mean) < 1e-9)
      #expect(abs(try #require(setting["ci95"]) - reach) < 1e-6)
      let best = try #require(
        (record["trainings"] as? [[String: Any]])?.compactMap { $0["best"] as? [String: Any] })
      #expect(zip(best, accuracies).allSatisfy { abs(($0["val_accuracy"] as? Double ?? 0) - $1) < 1e-12 })
      // The terminal and the page.
      #expect(result.lines.contains { $0.hasPrefix("over 3 folds") }, "\(result.story)")
      #expect(
        result.lines.contains { $0.contains("cat") && $0.contains("\(matrix[0][0])") && $0.contains("%") })
      let page = try WebPage(folder, "all/report.html")
      #expect(
        page.text.contains("Confusion matrix") && page.text.contains("46 held-out pictures"), "\(page.text)")
      for row in matrix { #expect(page.rows.contains { $0.dropFirst().starts(with: row.map(String.init)) }) }
      #expect(try files.rows("trainings.csv").map { $0[3] } == ["fold", "1", "2", "3"])
      #expect(try RunFiles(folder, "all/fold2").bytes("weights/best.safetensors").count > 0)
      #expect(try WebPage(folder, "all/fold2/report.html").text.contains("fold 2 of 3"))
    }

    @Test("Killed and resumed, the folds end in the same bytes; with more epochs they go on")
    func resumed() async throws {
      let asked = ["pets", "--folds", "3", "--epochs", "3", "--batch-size", "16"]
      try await run(["train", "-o", "reference"] + asked)
      func expectSame(_ one: String, _ other: String) throws {
        for name in ["weights/best.safetensors", "predictions.csv", "split.csv", "trainings.csv"] {
          #expect(try RunFiles(folder, one).bytes(name) == RunFiles(folder, other).bytes(name), "\(name)")
        }
      }
      for delay in [60, 120, 200] {
        let begun = FileManager.default.fileExists(atPath: folder.path("killed/results.json"))
        let process = try ToolRun(
          ["train"] + (begun ? ["--resume", "killed"] : asked + ["-o", "killed", "--overwrite"]), in: folder)
        let moment = ContinuousClock.now + .milliseconds(delay)
        // Without its record there is nothing to resume.
        try await process.wait { _ in
          ContinuousClock.now > moment
            && FileManager.default.fileExists(atPath: folder.path("killed/results.json"))
        }
        process.signal(SIGKILL)
        _ = try await process.finish(within: 30)
      }
      try await run(["train", "--resume", "killed"])
      try expectSame("killed", "reference")
      try await run(["train", "--resume", "killed", "--epochs", "5"])
      try await run(["train", "pets", "--folds", "3", "--epochs", "5", "--batch-size", "16", "-o", "long"])
      try expectSame("killed", "long")
      // The folder is a run's: it is no data, and it can be replaced.
      try await run(["train", "pets", "--epochs", "1", "-o", "long", "--overwrite"])
      #expect(!FileManager.default.fileExists(atPath: folder.path("long/predictions.csv")))
      #expect(!FileManager.default.fileExists(atPath: folder.path("long/fold1")))
    }

    @Test("The folds depend on the seed alone, or on that of the split, and not on threads")
    func seeded() async throws {
      func folds(_ name: String, _ more: [String]) async throws -> [Set<String>] {
        try await run(["train", "pets", "--folds", "3", "-o", name, "--epochs", "1"] + more)
        return try held(name, folds: 3)
      }
      let first = try await folds("first", [])
      #expect(try await folds("again", ["--threads", "1", "--workers", "0", "--network", "digits"]) == first)
      #expect(try await folds("other", ["--seed", "1"]) != first)
      #expect(try await folds("same", ["--seed", "1", "--split-seed", "0"]) == first)
    }

    @Test("Pictures of one group are on one side, in folds and in the usual split")
    func groups() async throws {
      for patient in 0..<9 {
        for number in 0..<(2 + patient % 4) {
          for (label, name) in ["sick", "well"].enumerated() where number % 2 == 0 || patient % 3 == label {
            try folder.write(
              SmallSets.picture(UInt16(20 + 180 * label + patient), number),
              to: "patients/\(name)/p\(patient)_\(number).png")
          }
        }
      }
      func patient(_ path: String) -> Substring? { path.split(separator: "/").last?.prefix(2) }
      let pattern = ["--group-by", "/(p[0-9]+)_"]
      let result = try await run(
        ["train", "patients", "--folds", "3", "-o", "folds"] + pattern + Self.options)
      #expect(result.output.contains("Groups    9; the pictures of a group"), "\(result.story)")
      let sets = try held("folds", folds: 3).map { Set($0.compactMap(patient)) }
      #expect(sets.reduce(0) { $0 + $1.count } == 9 && Set(sets.joined()).count == 9, "\(sets)")
      try await run(
        ["train", "patients", "-o", "plain", "--validation-split", "0.3"] + pattern + Self.options)
      let rows = try RunFiles(folder, "plain").rows("split.csv").dropFirst()
      let sides = Dictionary(grouping: rows) { patient($0[0]) ?? "" }.mapValues { Set($0.map { $0[2] }) }
      #expect(sides.count == 9 && sides.values.allSatisfy { $0.count == 1 })
      #expect(Set(sides.values.joined()) == ["training", "validation"])
      try await run(
        ["sweep", "patients", "-o", "sweep", "--dropout", "0:0.5:0.5", "--seeds", "2"] + pattern
          + Self.options)

      let unmatched = try await run(["train", "patients", "--group-by", "(p[0-7])_"], status: 1)
      #expect(
        unmatched.errors.contains("--group-by (p[0-7])_ does not match sick/p8_0.png"), "\(unmatched.story)")
      let few = try await run(["train", "patients", "--folds", "10"] + pattern, status: 1)
      #expect(
        few.errors.contains("has 9 groups, fewer than 10 folds") && few.errors.contains("Lower --folds"))
      for (bad, told) in [("p[0-9", "is not a regular expression"), ("p[0-9]+", "has no group")] {
        let refused = try await run(["train", "patients", "--group-by", bad], status: 2)
        #expect(refused.errors.contains("--group-by \(told)"), "\(refused.story)")
      }
    }

    @Test("A cross-validation of a head computes the features once, and is the same from a cache")
    func backbone() async throws {
      try folder.write(
        Array(
          #"{"layers": [{"type": "convolution", "filters": 4, "kernel": 3}, {"type": "global_average_pool"}, {"type": "dense"}]}"#
            .utf8), to: "layers.json")
      try await run(["train", "pets", "--network", "layers.json", "--epochs", "1", "-o", "backbone"])
      let options = ["--backbone", "backbone", "--folds", "3"] + Self.options
      try await run(["train", "pets", "-o", "pictures"] + options)
      try await run(["preprocess", "pets", "-o", "features.safetensors", "--backbone", "backbone"])
      try await run(["train", "features.safetensors", "-o", "cached"] + options)
      for name in ["weights/best.safetensors", "predictions.csv"] {
        #expect(
          try RunFiles(folder, "pictures").bytes(name) == RunFiles(folder, "cached").bytes(name), "\(name)")
      }
    }

    @Test(
      "A sweep over folds trains what a training with folds does, and suggests the best setting with its own options"
    )
    func sweep() async throws {
      try folder.write(Array("cat,tom\n".utf8), to: "names.csv")
      let data = ["pets", "--classes", "names.csv", "--seed", "5"] + Self.options
      let result = try await run(
        ["sweep"] + data + ["--dropout=0:0.5:0.5", "--folds", "3", "-o", "sweep"])
      #expect(result.output.contains("2 settings x 3 folds: 6 trainings"), "\(result.story)")
      #expect(result.output.contains("(95 % interval over 3 folds)"), "\(result.story)")
      let files = RunFiles(folder, "sweep")
      let rows = try files.rows("trainings.csv")
      #expect(rows[0].prefix(4) == ["dropout", "learning_rate", "seed", "fold"])
      for rate in ["0", "0.5"] {
        try await run(["train"] + data + ["--dropout", rate, "--folds", "3", "-o", "folds\(rate)"])
        let own = try RunFiles(folder, "folds\(rate)").rows("trainings.csv").dropFirst()
        #expect(rows.filter { $0[0] == rate }.map { $0[2...] } == own.map { $0[2...] })
      }
      #expect(!files.files.contains("predictions.csv"))
      #expect(try WebPage(folder, "sweep/report.html").text.contains("Means over the folds"))
      let best = try #require(try files.rows("settings.csv").first { $0.contains("best") })
      #expect(
        result.output.contains(
          "Next      whisker train --dropout \(best[0]) pets --classes names.csv --seed 5 --epochs 2 --batch-size 16\n"
        ), "\(result.story)")
      let refused = try await run(
        ["sweep"] + data + ["--dropout", "0:0.5:0.5", "--folds", "3", "--seeds", "2"], status: 2)
      #expect(refused.errors.contains("--folds cannot be combined with --seeds"), "\(refused.story)")
    }

    @Test("What cannot be cross-validated is refused, with the reason")
    func refused() async throws {
      try SmallSets.makeFolder("split/train", classes: ["cat", "dog"], each: 4, in: folder)
      try SmallSets.makeFolder("split/val", classes: ["cat", "dog"], each: 4, in: folder)
      try SmallSets.makeFolder("rare", classes: ["cat", "dog"], each: 6, in: folder)
      try folder.write(SmallSets.picture(150, 77), to: "rare/bird/1.png")
      let cases: [(arguments: [String], status: Int32, message: String)] = [
        (["pets", "--folds", "1"], 2, "--folds must be from 2 to 100"),
        (["pets", "--folds", "3", "--seeds", "2"], 2, "--folds cannot be combined with --seeds"),
        (["pets", "--folds", "3", "--validation-split", "0.1"], 2, "--validation-split"),
        (["pets", "--folds", "3", "--serve"], 2, "--serve cannot be combined with --folds"),
        (["pets", "--folds", "3", "--ensemble"], 2, "--ensemble"),
        (["pets", "--folds", "3", "--find-learning-rate"], 2, "cannot be combined with --folds"),
        (["split", "--folds", "3"], 1, "split already has a validation split: omit --folds"),
        (["split", "--group-by", "(.)"], 1, "split already has a validation split: omit --group-by"),
        (["rare", "--folds", "3"], 1, "has too few pictures of the class bird"),
        (["rare", "--folds", "50"], 1, "fewer than 50 folds"),
      ]
      for (arguments, status, message) in cases {
        let result = try await run(["train"] + arguments, status: status)
        #expect(result.errors.contains(message), "\(result.story)")
      }
      #expect(!FileManager.default.fileExists(atPath: folder.path("runs")))
    }
  }
}
