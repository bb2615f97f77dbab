import Foundation
import TestSupport
import Testing

extension ToolTests {
  @Suite struct RunFolders {
    private let folder: TemporaryFolder
    private let pets = Fixtures.samples + "/cats-dogs"

    init() throws { folder = try TemporaryFolder() }

    @Test("Runs that start at once get folders of their own")
    func atOnce() async throws {
      let runs = try (1...3).map { _ in try ToolRun(["train", pets, "--epochs", "1"], in: folder) }
      for run in runs {
        let result = try await run.finish()
        #expect(result.status == 0, "\(result.story)")
      }
      for number in 1...3 {
        let files = RunFiles(folder, "runs/train\(number)")
        #expect(try files.json("metrics.json")["ended"] as? String == "completed")
      }
    }

    @Test("Of runs that want the same folder at once, one gets it")
    func sameOutputAtOnce() async throws {
      let runs = try (1...3).map { _ in
        try ToolRun(["train", pets, "--epochs", "1", "-o", "run"], in: folder)
      }
      var codes: [Int32] = []
      for run in runs { codes.append(try await run.finish().status) }
      #expect(codes.sorted() == [0, 1, 1])
    }

    @Test("The number of a new run is the first that is free")
    func firstFree() async throws {
      try folder.write([1], to: "runs/train1/mine.txt")
      let run = try await whisker("train", pets, "--epochs", "1", in: folder)
      #expect(run.output.contains("runs/train2"), "\(run.story)")
      #expect(RunFiles(folder).files == ["mine.txt"])
    }
  }
}
