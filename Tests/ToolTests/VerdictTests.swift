import Foundation
import TestSupport
import Testing

extension ToolTests {
  @Suite struct Verdict {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Pictures of one kind, whatever their class: nothing is to be learned but which class is the largest.
    private func makeAlike(_ counts: [String: Int]) throws {
      var number = 0
      for (name, count) in counts.sorted(by: { $0.key < $1.key }) {
        for _ in 0..<count {
          try folder.write(SmallSets.picture(100, number), to: "set/\(name)/\(number).png")
          number += 1
        }
      }
    }

    private func train(_ data: String, _ options: String...) async throws -> ToolRun.Result {
      let network = try SmallSets.makeNetwork(in: folder)
      return try await ToolRun(["train", data, "-o", "run"] + network + options, in: folder).finish()
    }

    @Test("A training that diverged says so in the terminal and in the report, and advises a lower rate")
    func diverged() async throws {
      try makeAlike(["a": 20, "b": 20, "c": 20])
      let run = try await train("set", "--epochs", "2", "--learning-rate", "1000", "--batch-size", "8")
      #expect(run.status == 0, "\(run.story)")
      #expect(
        run.output.contains("Note      Training diverged: the loss of the last epoch is "), "\(run.story)"
      )
      #expect(run.output.contains("a lower learning rate (--learning-rate)"), "\(run.story)")
      #expect(!run.output.contains("Next      whisker predict"), "\(run.story)")
      let page = try WebPage(folder, "run/report.html").text
      #expect(page.contains("Training diverged") && page.contains("What may help: a lower learning rate"))
    }

    @Test("A model that always answers the largest class says so, and advises balanced class weights")
    func alwaysTheLargest() async throws {
      try makeAlike(["much": 100, "little": 10])
      let run = try await train("set", "--epochs", "4", "--dropout", "0")
      #expect(run.status == 0, "\(run.story)")
      #expect(run.output.contains("Verdict   The model is no better than guessing"), "\(run.story)")
      #expect(
        run.output.contains("Note      The model always predicts \"much\", the largest class."),
        "\(run.story)")
      #expect(
        run.output.contains("Try       balanced class weights (--class-weights balanced)"), "\(run.story)")
      #expect(!run.output.contains("Next      whisker predict"), "\(run.story)")
      #expect(try WebPage(folder, "run/report.html").text.contains("the largest class."))
    }

    @Test("A good accuracy on very few pictures is not called guessing, and is called uncertain")
    func fewPictures() async throws {
      try SmallSets.makeFolder("set", classes: ["a", "b"], each: 8, in: folder)
      let run = try await train(
        "set", "--epochs", "8", "--batch-size", "4", "--validation-split", "0.125", "--learning-rate", "0.05")
      #expect(
        run.output.contains(
          "Verdict   The model classifies 100.0 % of 2 validation pictures correctly (a or b)."),
        "\(run.story)"
      )
      #expect(run.output.contains("Note      There are too few validation pictures"), "\(run.story)")
      #expect(run.output.contains("Next      whisker predict run PICTURE..."), "\(run.story)")
    }

    @Test("A good model is followed by what to do with it")
    func good() async throws {
      try SmallSets.makeFolder("set", classes: ["a", "b"], each: 40, in: folder)
      let run = try await train("set", "--epochs", "6", "--batch-size", "8")
      #expect(
        run.output.contains(
          "Verdict   The model classifies 100.0 % of 16 validation pictures correctly (a or b)."),
        "\(run.story)")
      #expect(run.output.contains("Next      whisker predict run PICTURE..."), "\(run.story)")
    }
  }
}
