import Foundation
import TestSupport
import Testing

extension ToolTests {
  @Suite struct Split {
    private let folder: TemporaryFolder

    init() throws {
      folder = try TemporaryFolder()
      try SmallSets.makeFolder("set", classes: ["dark", "light"], in: folder)
    }

    private func copy(_ file: String, to copy: String) throws {
      try FileManager.default.copyItem(
        atPath: folder.path("set/\(file)"), toPath: folder.path("set/\(copy)"))
    }

    /// The side of every picture.
    private func sides(_ run: String) throws -> [String: String] {
      let rows = try RunFiles(folder, run).rows("split.csv").dropFirst()
      return Dictionary(uniqueKeysWithValues: rows.map { ($0[0], $0[2]) })
    }

    @Test("Copies of a picture stay on one side of the split, in other classes too, and the start says so")
    func copiesStayTogether() async throws {
      let copies = [
        ("dark/3.png", "dark/copy.png"), ("dark/3.png", "light/again.png"), ("light/7.png", "light/deep.png"),
      ]
      for (file, name) in copies { try copy(file, to: name) }
      var validated = Set<String>()
      for seed in 0..<6 {
        let run = try await whisker(
          "train", "set", "--epochs", "1", "--validation-split", "0.4", "--seed", "\(seed)", "-o", "\(seed)",
          in: folder)
        #expect(run.status == 0, "\(run.story)")
        #expect(
          run.output.contains(
            "Note      3 pictures are copies of others; copies stay in one split\n"))
        let sides = try sides("\(seed)")
        #expect(sides.count == 27)
        for (file, name) in copies { #expect(sides[file] == sides[name]) }
        validated.formUnion(sides.filter { $0.value == "validation" }.keys)
      }
      // Now and then it is a group that is held back.
      #expect(copies.contains { validated.contains($0.0) })
    }

    @Test("However many workers look for copies, the model is the same")
    func workersDoNotMatter() async throws {
      try copy("dark/3.png", to: "dark/copy.png")
      var weights: [Data] = []
      for workers in ["0", "1", "3"] {
        let run = try await whisker(
          "train", "set", "--epochs", "1", "--workers", workers, "-o", workers, in: folder)
        #expect(run.output.contains("Note      1 picture is a copy of another; "), "\(run.story)")
        weights.append(try RunFiles(folder, workers).bytes("weights/last.safetensors"))
      }
      #expect(Set(weights).count == 1)
    }

    @Test("Nothing is said where there are no copies, or nothing is split")
    func noNote() async throws {
      let run = try await whisker("train", "set", "--epochs", "1", in: folder)
      #expect(run.status == 0 && !run.output.contains("copies"), "\(run.story)")
      try copy("dark/3.png", to: "dark/copy.png")
      let whole = try await whisker("train", "set", "--epochs", "1", "--validation-split", "0", in: folder)
      #expect(whole.status == 0 && !whole.output.contains("cop"), "\(whole.story)")
    }

    /// The share of pictures that validate, as split.csv has them.
    private func share(_ run: String) throws -> Double {
      let sides = try sides(run)
      return Double(sides.values.count { $0 == "validation" }) / Double(sides.count)
    }

    @Test("The share that is held back is reported, with small classes, copies and groups")
    func share() async throws {
      try SmallSets.makeFolder("tiny", classes: ["dark", "light"], each: 2, in: folder)
      try SmallSets.makeFolder("fifth", classes: ["dark", "light"], each: 10, in: folder)
      try SmallSets.makeFolder("eighth", classes: ["dark", "light"], each: 8, in: folder)
      // 2 of 11 and 2 of 9.
      try SmallSets.makeFolder("uneven", classes: ["dark", "light"], each: 9, in: folder)
      for number in 9..<11 {
        try folder.write(SmallSets.picture(20, number), to: "uneven/dark/\(number).png")
      }
      for number in 0..<12 { try copy("dark/\(number).png", to: "dark/copy\(number).png") }
      let cases: [(data: [String], share: String)] = [
        (["tiny"], "50 % of each class"), (["fifth"], "20 % of each class"),
        (["fifth", "--validation-split", "0"], "0 % of each class"),
        (["eighth", "--validation-split", "0.125"], "12.5 % of each class"),
        (["uneven"], "20 % of each class"),
        // 3 of 12 pairs, for 7 of 24 pictures.
        (["set", "--validation-split", "0.3"], "27.8 % of the pictures"),
        (["fifth", "--group-by", "/([0-4])?"], "of"),
      ]
      for (index, (data, told)) in cases.enumerated() {
        let run = try await ToolRun(["train"] + data + ["--epochs", "1", "-o", "r\(index)"], in: folder)
          .finish()
        let line = try #require(run.lines.first { $0.hasPrefix("Split ") })
        #expect(line.contains(told), "\(run.story)")
        let tenths = (1000 * (try share("r\(index)"))).rounded() / 10
        let share = tenths == tenths.rounded() ? "\(Int(tenths))" : "\(tenths)"
        #expect(line.contains("(\(share) % of"), "\(run.story)")
        let page = try WebPage(folder, "r\(index)/report.html").text
        #expect(page.contains("(\(share) % of"), "\(page)")
      }
    }

    @Test(
      "Groups that hold back a whole class are refused, from paths and from lists; a class that they hold nothing back of is noted"
    )
    func groupsOfOneClass() async throws {
      let pattern = ["--group-by", "^(.)"]
      let refused = try await ToolRun(["train", "set", "-o", "no"] + pattern, in: folder).finish()
      #expect(
        refused.status == 1
          && refused.errors.contains(
            "set: has too few groups of the class light: the split by seed 0 holds back all of them")
          && refused.errors.contains("--allow-empty-classes"), "\(refused.story)")
      let rows = ["dark", "light"].flatMap { name in (0..<12).map { "set/\(name)/\($0).png,\(name)" } }
      try folder.write(
        Array(("path,label,group\n" + rows.map { "\($0),\($0.dropFirst(4).first!)\n" }.joined()).utf8),
        to: "list.csv")
      let list = try await whisker("train", "list.csv", "-o", "no", in: folder)
      #expect(
        list.status == 1 && list.errors.contains("too few groups of the class light"), "\(list.story)")
      #expect(!folder.contents().contains("no"))
      let allowed = try await ToolRun(
        ["train", "set", "-o", "yes", "--epochs", "1", "--allow-empty-classes"] + pattern, in: folder
      ).finish()
      #expect(allowed.status == 0, "\(allowed.story)")

      // One group of all dark pictures, and none for the light ones.
      let note =
        "Note      The class dark has no validation pictures: the validation accuracy does not cover it."
      let noted = try await whisker(
        "train", "set", "-o", "some", "--epochs", "1", "--group-by", "^(dark)|^light/", in: folder)
      #expect(noted.status == 0 && noted.output.contains(note), "\(noted.story)")
      let fine = try await whisker(
        "train", "set", "-o", "fine", "--epochs", "1", "--group-by", "/([0-9]+)", in: folder)
      // After the training, verdicts are notes, too.
      let start = fine.lines.prefix { !$0.hasPrefix("Split ") }
      #expect(fine.status == 0 && start.count < fine.lines.count, "\(fine.story)")
      #expect(!start.contains { $0.hasPrefix("Note ") }, "\(fine.story)")
    }
  }
}
