import Foundation
import TestSupport
import Testing

extension ToolTests {
  @Suite(Mpirun.condition, .alone)
  struct DividedBackbones {
    private let folder: TemporaryFolder
    private let pets = Fixtures.samples + "/cats-dogs"

    init() throws { folder = try TemporaryFolder() }

    @Test("Several processes share the features of a cache, and make the same steps as one")
    func several() async throws {
      try await whisker("train", pets, "--network", "digits", "--epochs", "1", "-o", "backbone", in: folder)
      let features = ["preprocess", pets, "--backbone", "backbone", "--shards", "3", "-o"]
      try await finish(ToolRun(features + ["alone/f.safetensors"], in: folder))
      try await finish(Mpirun.start(2, features + ["together/f.safetensors"], in: folder))
      for shard in 1...3 {
        let name = "f-0000\(shard)-of-00003.safetensors"
        let files = ["alone", "together"].map { URL(fileURLWithPath: folder.path("\($0)/\(name)")) }
        #expect(try Data(contentsOf: files[0]) == Data(contentsOf: files[1]))
      }
      let options = ["--backbone", "backbone", "--epochs", "2", "--batch-size", "50", "-o"]
      try await finish(ToolRun(["train", "alone"] + options + ["one"], in: folder))
      try await finish(Mpirun.start(2, ["train", "alone"] + options + ["two"], in: folder))
      try await finish(Mpirun.start(2, ["train", pets] + options + ["pictures"], in: folder))
      try RunFiles(folder, "two").expectSameStart(as: RunFiles(folder, "one"))
      #expect(
        try RunFiles(folder, "two").bytes("weights/last.safetensors")
          == RunFiles(folder, "pictures").bytes("weights/last.safetensors"))
    }

    private func finish(_ run: ToolRun) async throws {
      let result = try await run.finish()
      #expect(result.status == 0, "\(result.story)")
    }
  }
}
