import Foundation
import TestSupport
import Testing

extension ToolTests {
  @Suite struct Halving {
    private let folder: TemporaryFolder

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

    @Test("A halving sweep that is stopped in its last rung says how it goes on")
    func haltedHalving() async throws {
      let network = #"{"layers": [{"type": "flatten"}, {"type": "dropout", "rate": 0.1}, {"type": "dense"}]}"#
      try folder.write(Array(network.utf8), to: "small.json")
      let asked = ["--network", "small.json", "--dropout", "0:0.5:0.5", "--epochs", "120", "--halving"]
      let run = try ToolRun(["sweep", "many", "-o", "sweep", "--seeds", "1"] + asked, in: folder)
      try await run.wait { $0.contains("After 60 epochs 1 setting") }
      run.signal(SIGINT)
      let result = try await run.finish(within: 5)
      #expect(result.status == 130, "\(result.story)")
      #expect(result.output.contains("Stopped   with 1 training to go"), "\(result.story)")
    }

    @Test("Halving gives up settings early, and those that are left are as without it")
    func halving() async throws {
      let asked = ["--dropout", "0:0.9:0.3", "--epochs", "4", "--seeds", "2", "--batch-size", "16"]
      try await sweep("all", asked)
      let run = try await sweep("half", asked + ["--halving"])
      for line in [" 1/14 dropout", "14/14 dropout", "After 2 epochs 1 setting goes on"] {
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
