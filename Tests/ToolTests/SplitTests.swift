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
  }
}
