import Foundation
import TestSupport
import Testing

extension ToolTests {
  @Suite struct UnreadableClass {
    private let folder: TemporaryFolder
    private let avif = [0, 0, 0, 24] + Array("ftypavif".utf8)

    init() throws {
      folder = try TemporaryFolder()
      try SmallSets.makeFolder("pets", classes: ["cat", "dog"], in: folder)
    }

    /// Puts AVIF files in the place of pictures.
    private func spoil(_ path: String, _ numbers: Range<Int>) throws {
      for number in numbers { try folder.write(avif, to: "\(path)/\(number).png") }
    }

    private func expectRefusal(_ arguments: [String], _ words: String...) async throws {
      let run = try await ToolRun(arguments, in: folder).finish()
      #expect(run.status == 1, "\(run.story)")
      for word in ["has no picture that can be read for the class dog", "0.png is an AVIF image"] + words {
        #expect(run.errors.contains(word), "\(run.story)")
      }
    }

    @Test("A class of which no picture can be read is refused as an empty one is, by every command")
    func isRefused() async throws {
      try spoil("pets/dog", 0..<12)
      try await expectRefusal(["train", "pets"])
      try await expectRefusal(["train", "pets", "--seeds", "2"])
      try await expectRefusal(["sweep", "pets", "--dropout", "0,0.5"])
      try await expectRefusal(["preprocess", "pets", "-o", "pets.safetensors"])
      try await expectRefusal(["train", "pets", "--cache", "pets.safetensors"])
      #expect(!FileManager.default.fileExists(atPath: folder.path("pets.safetensors")))
      let verified = try await whisker("verify", "pets", in: folder)
      #expect(verified.status == 1 && verified.output.contains("dog (train)"), "\(verified.story)")
    }

    @Test("With --allow-empty-classes it is accepted, but a cache of it is no way around")
    func cache() async throws {
      try spoil("pets/dog", 0..<12)
      let made = try await whisker(
        "preprocess", "pets", "-o", "pets.safetensors", "--allow-empty-classes", in: folder)
      #expect(made.status == 0, "\(made.story)")
      try await expectRefusal(["train", "pets.safetensors"])
      let run = try await whisker(
        "train", "pets.safetensors", "--allow-empty-classes", "--epochs", "1", in: folder)
      #expect(run.status == 0, "\(run.story)")
    }

    @Test("In a validation part and among pictures that are measured it is refused too")
    func otherParts() async throws {
      try SmallSets.makeFolder("set/train", classes: ["cat", "dog"], in: folder)
      try SmallSets.makeFolder("set/val", classes: ["cat", "dog"], each: 4, in: folder)
      try await whisker("train", "set", "--epochs", "1", "-o", "run", in: folder)
      try spoil("set/val/dog", 0..<4)
      try await expectRefusal(["train", "set"], "in its validation split")
      try await expectRefusal(["evaluate", "run", "set"])
    }

    @Test(
      "More than 5 % of a class skipped is said before the training, beside the accuracy and in the report")
    func partOfAClass() async throws {
      try spoil("pets/dog", 0..<3)
      let run = try await whisker("train", "pets", "--epochs", "2", in: folder)
      #expect(run.status == 0, "\(run.story)")
      #expect(
        run.lines.contains("Note      3 of 12 files of dog are not PNG, JPEG or WebP, and are skipped"),
        "\(run.story)")
      let words = "3 of 12 files of dog (25 %) could not be read"
      let best = try #require(run.lines.firstIndex { $0.hasPrefix("Best ") })
      #expect(run.lines[best...].contains { $0.contains(words) }, "\(run.story)")
      #expect(try WebPage(folder).text.contains(words))
      let classes = try RunFiles(folder).json("metrics.json")["classes"] as? [[String: Any]]
      #expect(classes?.compactMap { $0["skipped"] as? Int } == [0, 3])
      let evaluation = try await whisker("evaluate", "runs/train1", "pets", "--split", "all", in: folder)
      #expect(evaluation.output.contains(words), "\(evaluation.story)")
      let sweep = try await whisker("sweep", "pets", "--dropout", "0,0.5", "--epochs", "1", in: folder)
      #expect(sweep.errors.contains(words), "\(sweep.story)")
      #expect(try WebPage(folder, "sweeps/sweep1/report.html").text.contains(words))
    }
  }
}
