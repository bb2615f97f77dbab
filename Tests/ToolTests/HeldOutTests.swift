import Foundation
import TestSupport
import Testing

extension ToolTests {
  /// What makes the accuracy on held-out pictures misleading is said beside it.
  @Suite struct HeldOut {
    private let folder: TemporaryFolder
    private static let options = ["--epochs", "2", "--batch-size", "8", "--image-size", "12"]

    init() throws { folder = try TemporaryFolder() }

    @discardableResult
    private func run(_ arguments: [String], status: Int32 = 0) async throws -> ToolRun.Result {
      let run = try await ToolRun(arguments, in: folder).finish()
      #expect(run.status == status, "\(run.story)")
      return run
    }

    private func train(
      _ data: String..., to name: String, _ options: [String] = []
    ) async throws -> ToolRun.Result {
      try await run(["train"] + data + ["-o", name] + Self.options + options)
    }

    private func evaluate(_ model: String, _ data: String..., split: String? = nil) async throws -> [String:
      Any]
    {
      let options = split.map { ["--split", $0] } ?? []
      return try jsonObject(
        try await run(["evaluate", model] + data + ["--format", "json"] + options).output)
    }

    private func copy(_ from: String, to: String) throws {
      let target = folder.path(to)
      try FileManager.default.createDirectory(
        atPath: (target as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
      try FileManager.default.copyItem(atPath: folder.path(from), toPath: target)
    }

    /// The names of the pictures of a split of a run.
    private func names(_ split: String, of name: String) throws -> Set<String> {
      Set(try RunFiles(folder, name).rows("split.csv").filter { $0[2] == split }.map { $0[0] })
    }

    /// Writes pictures of two classes with numbers of their own, so that none is a copy of another.
    private func write(_ numbers: Range<Int>, to name: String, classes: [String] = ["dark", "light"]) throws {
      for number in numbers {
        for (label, className) in ["dark", "light"].enumerated() where classes.contains(className) {
          try folder.write(
            SmallSets.picture(UInt16(20 + 170 * label + 2 * (number / 20)), number),
            to: "\(name)/\(className)/\(number).png")
        }
      }
    }

    @Test("Training pictures are recognised by their contents, wherever they lie")
    func trainedOnElsewhere() async throws {
      try write(0..<15, to: "set")
      _ = try await train("set", to: "run")
      let count = try names("training", of: "run").count
      #expect(count == 24)
      let model = "run/weights/last.safetensors"
      try copy("set", to: "more")
      try folder.write(SmallSets.picture(77, 3), to: "more/dark/new.png")
      try copy("set", to: "X/test")
      let rows = try ["dark", "light"].flatMap { name in
        try FileManager.default.contentsOfDirectory(atPath: folder.path("set/\(name)")).map {
          "\(folder.path("set/\(name)/\($0)")),\(name)\n"
        }
      }
      try folder.write(Array(("path,label\n" + rows.joined()).utf8), to: "list.csv")
      for (data, all) in [("more", 31), ("X", 30), ("list.csv", 30)] {
        let report = try await evaluate(model, data)
        #expect(report["count"] as? Int == all, "\(data)")
        #expect(report["trained_on"] as? Int == count, "\(data)")
      }
      let text = try await run(["evaluate", model, "more", "--report", "page.html"])
      let note = "the model was trained on 24 of these pictures"
      #expect(text.output.contains("Note      \(note)"), "\(text.story)")
      #expect(try WebPage(folder, "page.html").text.contains(note))
      // A cache of the pictures knows their contents.
      try await run(["preprocess", "more", "-o", "c.safetensors", "--image-size", "12"])
      #expect(try await evaluate(model, "c.safetensors")["trained_on"] as? Int == count)
      // What the run held back, and other pictures, are new.
      #expect(try await evaluate("run", "set")["trained_on"] as? Int == 0)
      try write(20..<23, to: "new")
      #expect(try await evaluate("run", "new")["trained_on"] as? Int == 0)
      #expect(try await !run(["evaluate", "run", "new"]).output.contains("Note"))
      // A model file on its own does not know.
      try copy(model, to: "alone.safetensors")
      #expect(try await evaluate("alone.safetensors", "more")["trained_on"] == nil)
    }

    @Test("What a model was trained on is unknown where a list of its runs is incomplete, or a run is gone")
    func incompleteLists() async throws {
      try write(0..<15, to: "set")
      try write(0..<16, to: "more")
      try folder.write(Array(#"{"layers": \#(SmallBackbone.layers)}"#.utf8), to: "layers.json")
      _ = try await train("set", to: "backbone", ["--network", "layers.json", "--color-mode", "rgb"])
      try copy("backbone/weights/last.safetensors", to: "published.safetensors")
      for (backbone, name) in [("backbone", "head"), ("published.safetensors", "other")] {
        try await run(["train", "set", "--backbone", backbone, "--epochs", "2", "-o", name])
        let own = try names("training", of: name)
        let seen: Set<String> = try name == "head" ? names("training", of: "backbone") : []
        let count = own.union(seen).count
        #expect(try await evaluate(name, "more")["trained_on"] as? Int == count, "\(name)")
      }
      // A published backbone has no run; one that has gone may have had one.
      try FileManager.default.moveItem(atPath: folder.path("backbone"), toPath: folder.path("moved"))
      #expect(try await evaluate("head", "more")["trained_on"] == nil)
      #expect(try await evaluate("moved", "more")["trained_on"] as? Int == 24)
      // As of a run that was stopped in its first epoch.
      let list = try String(contentsOfFile: folder.path("moved/files.csv"), encoding: .utf8)
      let trained = try names("training", of: "moved")
      let name = try #require(trained.first)
      let rows = list.split(separator: "\n").map { row in
        row.hasPrefix(name + ",") ? name + ",70,0," : String(row)
      }
      try folder.write(Array((rows.joined(separator: "\n") + "\n").utf8), to: "moved/files.csv")
      #expect(try await evaluate("moved", "more")["trained_on"] == nil)
      // A run on a cache lists no pictures.
      try await run(["preprocess", "set", "-o", "c.safetensors", "--image-size", "12"])
      try await run(["train", "c.safetensors", "--epochs", "1", "-o", "cached"])
      #expect(try await evaluate("cached", "more")["trained_on"] == nil)
    }

    @Test("The parts of a joined and of a divided dataset are recognised, too")
    func partsOfTheData() async throws {
      try write(0..<10, to: "one")
      try write(10..<20, to: "other")
      _ = try await train("one", "other", to: "joined")
      let ofOne = try names("training", of: "joined").count { $0.hasPrefix("one/") }
      #expect(try await evaluate("joined", "one")["trained_on"] as? Int == ofOne && ofOne > 10)
      try copy("one", to: "divided/train")
      try copy("other", to: "divided/val")
      _ = try await train("divided", to: "run")
      #expect(try await evaluate("run", "divided/train")["trained_on"] as? Int == 20)
      #expect(try await evaluate("run", "divided")["trained_on"] as? Int == 0)
      _ = try await train("one", to: "folds", ["--folds", "2"])
      let held = try names("training", of: "folds")
      #expect(try await evaluate("folds", "divided/train", split: "all")["trained_on"] as? Int == held.count)
    }

    @Test("A backbone that was trained on held-out pictures is said beside their accuracy")
    func seenByBackbone() async throws {
      try write(0..<15, to: "set")
      try folder.write(Array(#"{"layers": \#(SmallBackbone.layers)}"#.utf8), to: "layers.json")
      _ = try await train("set", to: "backbone", ["--network", "layers.json", "--color-mode", "rgb"])
      let seen = try names("training", of: "backbone")
      func head(_ name: String, _ options: String...) async throws -> ToolRun.Result {
        try await run(
          ["train", "set", "--backbone", "backbone/weights/last.safetensors", "--epochs", "2", "-o", name]
            + options)
      }
      func note(_ count: Int, _ all: Int) -> String {
        "The backbone was trained on \(count) of the \(all) held-out pictures: the accuracy is too high."
      }
      let single = try await head("single", "--seed", "4", "--validation-split", "0.4")
      let held = try names("validation", of: "single")
      let overlap = held.intersection(seen).count
      #expect(held.count == 12 && overlap > 0 && overlap < 12)
      #expect(single.output.contains("Note      " + note(overlap, 12)), "\(single.story)")
      #expect(try WebPage(folder, "single/report.html").text.contains(note(overlap, 12)))
      // The backbone is a part of the model.
      #expect(try await evaluate("single", "set")["trained_on"] as? Int == overlap)
      let all = try await evaluate("single", "set", split: "all")
      let known = try names("training", of: "single").union(seen).count
      #expect(all["trained_on"] as? Int == known)

      let folds = try await head("folds", "--folds", "3")
      // At the start and at the end.
      #expect(folds.output.ranges(of: "Note      " + note(24, 30)).count == 2, "\(folds.story)")
      #expect(!folds.output.contains("of the 10 held-out pictures"))
      #expect(try WebPage(folder, "folds/report.html").text.contains(note(24, 30)))

      let tuned = try await head("tuned", "--seed", "4", "--validation-split", "0.4", "--fine-tune", "1")
      #expect(tuned.output.contains(note(overlap, 12)), "\(tuned.story)")
      #expect(try WebPage(folder, "tuned/report.html").text.contains(note(overlap, 12)))

      try write(20..<30, to: "new")
      let other = try await run(
        ["train", "new", "--backbone", "backbone", "--epochs", "1", "-o", "other"])
      #expect(!other.output.contains("The backbone was trained"), "\(other.story)")
    }

    @Test("Copies of training pictures in the validation and test splits are counted")
    func copiesAcrossSplits() async throws {
      try write(0..<12, to: "set/train")
      try write(12..<15, to: "set/val")
      try write(15..<18, to: "set/test")
      let clean = try await train("set", to: "clean")
      #expect(!clean.output.contains("cop"), "\(clean.story)")
      for number in 0..<3 { try copy("set/train/dark/\(number).png", to: "set/val/dark/copy\(number).png") }
      for number in 3..<5 {
        try copy("set/train/light/\(number).png", to: "set/test/light/copy\(number).png")
      }
      try copy("set/train/light/9.png", to: "set/train/light/again.png")
      let note =
        "3 validation pictures and 2 test pictures are copies of training pictures: the accuracy there is too high."
      let run = try await train("set", to: "run", ["--cache", "c.safetensors"])
      #expect(run.output.contains("Note      " + note), "\(run.story)")
      #expect(try WebPage(folder, "run/report.html").text.contains(note))
      let plain = try await train("set", to: "plain")
      #expect(plain.output.contains("Note      " + note), "\(plain.story)")
      #expect(try await evaluate("plain", "set")["trained_on"] as? Int == 2)
      #expect(try await evaluate("plain", "set", split: "val")["trained_on"] as? Int == 3)
      // The validation split is the run's own; the test split is given.
      try FileManager.default.removeItem(atPath: folder.path("set/val"))
      let two = try await train("set", to: "two")
      #expect(two.output.contains("Note      1 picture is a copy of another;"), "\(two.story)")
      #expect(
        two.output.contains("Note      2 test pictures are copies of training pictures"), "\(two.story)")
    }

    @Test("Groups in more than one split of a list are said by train, and are a problem for verify")
    func groupsAcrossSplits() async throws {
      try write(0..<10, to: "set")
      func list(_ name: String, _ split: (Int) -> String, group: (Int) -> String) throws {
        let rows = (0..<10).flatMap { number in
          ["dark", "light"].map {
            "set/\($0)/\(number).png,\($0),\(split(number)),\(group(number))\n"
          }
        }
        try folder.write(Array(("path,label,split,group\n" + rows.joined()).utf8), to: name)
      }
      try list("shared.csv", { $0 < 6 ? "train" : $0 < 8 ? "val" : "test" }, group: { "g\($0 % 6)" })
      let note = "4 groups, such as g0, have pictures in more than one split"
      let shared = try await train("shared.csv", to: "shared")
      #expect(shared.output.contains("Note      " + note), "\(shared.story)")
      #expect(try WebPage(folder, "shared/report.html").text.contains(note))
      let verified = try await run(["verify", "shared.csv"], status: 1)
      #expect(verified.output.contains("Groups    4 groups in more than one split"), "\(verified.story)")
      #expect(verified.output.contains("g0 (train, val)") && verified.output.contains("g2 (train, test)"))
      let json = try jsonObject(
        try await run(["verify", "shared.csv", "--format", "json"], status: 1).output)
      let groups = try #require(json["shared_groups"] as? [[String: Any]])
      #expect(groups.map { $0["group"] as? String } == ["g0", "g1", "g2", "g3"])
      #expect(groups.first?["splits"] as? [String] == ["training", "validation"])

      try list("tested.csv", { $0 < 8 ? "train" : "test" }, group: { "g\($0 % 8)" })
      let tested = try await train("tested.csv", to: "tested")
      #expect(tested.output.contains("2 groups, such as g0, have pictures in more"), "\(tested.story)")
      #expect(!tested.output.contains("stay in one split"), "\(tested.story)")
      // A pattern replaces the groups of the list.
      let pattern = try await train("tested.csv", to: "pattern", ["--group-by", #"/(\d)\.png"#])
      #expect(!pattern.output.contains("more than one split"), "\(pattern.story)")

      try list("apart.csv", { $0 < 8 ? "train" : "val" }, group: { "g\($0)" })
      #expect(try await !train("apart.csv", to: "apart").output.contains("more than one split"))
      #expect(try await run(["verify", "apart.csv"]).output.contains("no problems"))
    }

    @Test("A class without validation pictures is said, and is not compared with guessing")
    func classWithoutValidation() async throws {
      try write(0..<12, to: "set/train")
      try write(12..<20, to: "set/val", classes: ["dark"])
      let note = "The class light has no validation pictures: the validation accuracy does not cover it."
      let training = try await train("set", to: "run")
      #expect(training.output.contains("Note      " + note), "\(training.story)")
      #expect(!training.output.contains("no better than guessing"), "\(training.story)")
      let page = try WebPage(folder, "run/report.html").text
      #expect(page.contains(note) && !page.contains("no better than guessing"))
    }

    @Test("A validation folder without pictures is an error, with and without class folders")
    func emptyValidation() async throws {
      try write(0..<12, to: "set/train")
      for name in ["set/val", "set/val/dark", "set/val/light"] {
        try FileManager.default.createDirectory(
          atPath: folder.path(name), withIntermediateDirectories: true)
        guard name != "set/val/dark" else { continue }
        let told = try await run(["train", "set", "-o", "run"] + Self.options, status: 1)
        #expect(told.errors.contains("has a validation split without pictures"), "\(told.story)")
        #expect(told.errors.contains("remove val: then 20 % of each class are held back"), "\(told.story)")
        #expect(!FileManager.default.fileExists(atPath: folder.path("run")))
      }
      try write(12..<13, to: "set/val")
      try folder.write(Array("val/dark/12.png\nval/light/12.png\n".utf8), to: "left-out.txt")
      let excluding = ["--exclude", "left-out.txt", "--allow-empty-classes"]
      let told = try await run(["train", "set", "-o", "run"] + Self.options + excluding, status: 1)
      #expect(told.errors.contains("leave out fewer with --exclude"), "\(told.story)")
      try FileManager.default.removeItem(atPath: folder.path("set/val"))
      _ = try await train("set", to: "run")
      #expect(try names("validation", of: "run").count == 4)
    }
  }
}
