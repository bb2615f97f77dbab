import Foundation
import TestSupport
import Testing

extension ToolTests {
  @Suite(Mpirun.condition, .alone)
  struct DividedSweeps {
    private let folder: TemporaryFolder
    private let common: [String]
    private let rates: [String]

    init() throws {
      folder = try TemporaryFolder()
      try SmallSets.makeIDX("many", count: 200, in: folder)
      common = try SmallSets.makeNetwork(in: folder) + ["--batch-size", "16"]
      rates = ["--dropout", "0:0.6:0.2"] + common
    }

    @Test(
      "However many processes divide a sweep, it comes to the bytes of one",
      arguments: [(1, []), (2, ["--halving"]), (3, [])])
    func sameBytes(count: Int, options: [String]) async throws {
      let asked = ["sweep", "many", "--epochs", "2", "--seeds", "2"] + rates + options
      try await finish(ToolRun(asked + ["-o", "alone"], in: folder))
      let run = try await finish(Mpirun.start(count, asked + ["-o", "together"], in: folder))
      try expectSame("together", "alone")
      if count > 1 { #expect(run.output.contains("in each of \(count) processes"), "\(run.story)") }
      #expect(run.output.components(separatedBy: "Best      ").count == 2, "\(run.story)")
    }

    @Test(
      "A sweep that is stopped, then loses a process, goes on each time with another number of them, in the end with one"
    )
    func stopped() async throws {
      let asked = ["sweep", "many", "--epochs", "200", "--seeds", "3", "--threads", "1"] + rates
      try await finish(ToolRun(asked + ["-o", "whole"], in: folder))
      let first = try Mpirun.start(3, asked + ["-o", "sweep"], in: folder)
      // One process, of one thread, would train one after the other. What mpirun hands on of a signal takes its time.
      try await first.wait { _ in folder.contents().count { $0.hasSuffix("last.safetensors") } > 1 }
      first.signal(SIGINT)
      let stopped = try await first.finish(within: 8)
      #expect(stopped.status != 0)
      let advice = "whisker sweep --resume sweep"
      #expect(stopped.output.components(separatedBy: advice).count == 2, "\(stopped.story)")

      let kept = endedCount("sweep")
      let second = try Mpirun.start(2, ["sweep", "--resume", "sweep"], in: folder)
      try await second.wait { _ in endedCount("sweep") > kept }
      kill(try #require(Mpirun.children(of: second.identifier).last), SIGKILL)
      let start = ContinuousClock.now
      let result = try await second.finish(within: 20)
      #expect(result.status != 0, "\(result.story)")
      #expect(ContinuousClock.now - start < .seconds(8))

      try await finish(ToolRun(["sweep", "--resume", "sweep"], in: folder))
      try expectSame("sweep", "whole")
    }

    @Test("A picture that one process cannot read ends all of them, and is reported once")
    func oneFails() async throws {
      try SmallSets.makeFolder("pets", classes: ["cat", "dog"], each: 20, in: folder)
      let options = ["--epochs", "1000", "--cache-memory", "0", "--on-error", "fail"]
      let run = try Mpirun.start(3, ["sweep", "pets", "-o", "sweep"] + rates + options, in: folder)
      try await run.wait { $0.contains("Folder    sweep") }
      for number in 0..<20 { try folder.write([1, 2, 3], to: "pets/dog/\(number).png") }
      let result = try await run.finish(within: 10)
      #expect(result.status != 0)
      #expect(result.errors.components(separatedBy: "dog/").count == 2, "\(result.story)")
      #expect(!FileManager.default.fileExists(atPath: folder.path("sweep")))
    }

    @Test("A folder that not all processes see is refused before anything is trained")
    func unshared() async throws {
      try folder.write([], to: "elsewhere/here")
      let asked = ["sweep", folder.path("many"), "-o", "sweep", "--dropout", "0.1"]
      let other = [":", "-n", "1", "--wdir", folder.path("elsewhere"), ToolRun.tool.path] + asked
      let run = try await Mpirun.start(1, asked + other, in: folder).finish()
      #expect(run.status != 0)
      #expect(run.errors.components(separatedBy: "--output").count == 2, "\(run.story)")
      for name in ["sweep", "elsewhere/sweep"] {
        #expect(!FileManager.default.fileExists(atPath: folder.path(name)))
      }
    }

    @Test("Several seeds are trained by several processes, and with more epochs by others")
    func seeds() async throws {
      let asked = ["train", "many", "--seeds", "3", "--ensemble", "--epochs", "2"] + common
      try await finish(ToolRun(asked + ["-o", "alone"], in: folder))
      try await finish(Mpirun.start(2, asked + ["-o", "together"], in: folder))
      try await finish(ToolRun(["train", "--resume", "alone", "--epochs", "3"], in: folder))
      try await finish(Mpirun.start(3, ["train", "--resume", "together", "--epochs", "3"], in: folder))
      try expectSame("together", "alone")
      for seed in 0..<3 {
        let name = "seed\(seed)/weights/last.safetensors"
        #expect(try RunFiles(folder, "together").bytes(name) == RunFiles(folder, "alone").bytes(name))
      }
    }

    @Test("Folds are trained by several processes, and one of them writes the predictions")
    func folds() async throws {
      let asked = ["train", "many", "--folds", "3", "--epochs", "2"] + common
      try await finish(ToolRun(asked + ["-o", "alone"], in: folder))
      try await finish(Mpirun.start(2, asked + ["-o", "together"], in: folder))
      try expectSame("together", "alone")
      #expect(
        try RunFiles(folder, "together").bytes("predictions.csv")
          == RunFiles(folder, "alone").bytes("predictions.csv"))
    }

    /// How many trainings a sweep has noted.
    private func endedCount(_ name: String) -> Int {
      let results = try? RunFiles(folder, name).json("results.json")
      return (results?["trainings"] as? [Any])?.count ?? 0
    }

    @discardableResult
    private func finish(_ run: ToolRun) async throws -> ToolRun.Result {
      let result = try await run.finish()
      try #require(result.status == 0, "\(result.story)")
      return result
    }

    private func expectSame(_ one: String, _ other: String) throws {
      let (one, other) = (RunFiles(folder, one), RunFiles(folder, other))
      for name in ["trainings.csv", "settings.csv", "split.csv", "weights/best.safetensors"] {
        #expect(try one.bytes(name) == other.bytes(name), "\(name)")
      }
      #expect(one.files == other.files)
      let told = try [one, other].map { try #require(try $0.json("results.json")["trainings"] as? NSArray) }
      #expect(told[0] == told[1])
    }
  }
}
