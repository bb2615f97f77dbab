import Foundation
import TestSupport
import Testing

extension ToolTests {
  @Suite(.alone) struct Halving {
    private let folder: TemporaryFolder

    init() throws {
      folder = try TemporaryFolder()
      try SmallSets.makeIDX("many", count: 200, in: folder)
    }

    @Test(
      "Ctrl-C ends a sweep that halves in whichever rung, and it says how much is left and how it goes on",
      arguments: [("2 settings continue", 1...3), ("1 setting continues", 1...1)])
    func interrupted(moment: String, left: ClosedRange<Int>) async throws {
      let asked = ["--dropout", "0:0.6:0.2", "--seeds", "1", "--epochs", "160", "--halving", "-o", "sweep"]
      let run = try ToolRun(["sweep", "many"] + asked + SmallSets.makeNetwork(in: folder), in: folder)
      try await run.wait { $0.contains(moment) }
      run.signal(SIGINT)
      let result = try await run.finish(within: 5)
      #expect(result.status == 130, "\(result.story)")
      let told = left.map {
        "Stopped   with \($0) training\($0 == 1 ? "" : "s") remaining: whisker sweep --resume sweep"
      }
      #expect(told.contains { result.output.contains($0) }, "\(result.story)")
    }

    @Test("Halving gives up settings early, and those that are left are as without it")
    func halving() async throws {
      let asked = ["--dropout", "0:0.9:0.3", "--epochs", "4", "--seeds", "2", "--batch-size", "16"]
      let whole = try await ToolRun(["sweep", "many", "-o", "all"] + asked, in: folder).finish()
      let run = try await ToolRun(["sweep", "many", "-o", "half", "--halving"] + asked, in: folder).finish()
      for run in [whole, run] { #expect(run.status == 0, "\(run.story)") }
      for line in [" 1/14 dropout", "14/14 dropout", "After 2 epochs, 1 setting continues"] {
        #expect(run.output.contains(line), "\(run.output)")
      }
      let all = try RunFiles(folder, "all").rows("trainings.csv")
      let half = try RunFiles(folder, "half").rows("trainings.csv")
      #expect(
        Dictionary(grouping: half.dropFirst()) { $0[3] }.mapValues(\.count) == ["1": 4, "2": 2, "4": 2])
      for row in half where row[3] == "4" { #expect(all.contains(row)) }
      let told = try RunFiles(folder, "half").rows("settings.csv")
      #expect(
        told.map { $0.last ?? "" }.sorted() == ["best", "unfinished", "unfinished", "unfinished", "verdict"])
    }
  }
}
