import Foundation
import TestSupport
import Testing

extension ToolTests {
  /// Data that came to another machine, or was checked out again, with other times.
  @Suite struct CopiedData {
    private let folder: TemporaryFolder

    init() throws {
      folder = try TemporaryFolder()
      try SmallSets.makeFolder("data", classes: ["cat", "dog"], in: folder)
    }

    private func touch(_ name: String) throws {
      let date = Date(timeIntervalSince1970: 1_500_000_000)
      for file in try FileManager.default.subpathsOfDirectory(atPath: folder.path(name)) {
        try FileManager.default.setAttributes(
          [.modificationDate: date], ofItemAtPath: folder.path("\(name)/\(file)"))
      }
    }

    @Test("A run goes on with a copy that differs in times alone, and ends in the same bytes")
    func copy() async throws {
      try await whisker("train", "data", "--epochs", "2", "-o", "whole", in: folder)
      try await whisker("train", "data", "--epochs", "1", "-o", "run", in: folder)
      try FileManager.default.copyItem(atPath: folder.path("data"), toPath: folder.path("copy"))
      try touch("copy")
      let resumed = try await whisker("train", "--resume", "run", "copy", "--epochs", "2", in: folder)
      #expect(resumed.status == 0, "\(resumed.story)")
      let best = "weights/best.safetensors"
      #expect(try RunFiles(folder, "run").bytes(best) == RunFiles(folder, "whole").bytes(best))
    }

    @Test("Other contents of the same size are refused, whatever the times are")
    func otherContents() async throws {
      try await whisker("train", "data", "--epochs", "1", "-o", "run", in: folder)
      var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder.path("data/cat/0.png"))))
      bytes[bytes.count - 1] ^= 1
      try folder.write(bytes, to: "data/cat/0.png")
      let refused = try await whisker("train", "--resume", "run", "--epochs", "2", in: folder)
      #expect(refused.status == 1 && refused.errors.contains("cat/0.png is changed"), "\(refused.story)")
    }

    @Test(
      "A cache of touched data is fresh, and a run that was trained from it goes on; other contents make it stale"
    )
    func cache() async throws {
      let train = ["train", "data", "--cache", "c.safetensors", "--epochs", "1", "-o", "run"]
      #expect(try await ToolRun(train, in: folder).finish().status == 0)
      let made = try Data(contentsOf: URL(fileURLWithPath: folder.path("c.safetensors")))
      try touch("data")
      let resumed = try await whisker("train", "--resume", "run", "--epochs", "2", in: folder)
      #expect(resumed.status == 0, "\(resumed.story)")
      let again = try await whisker("preprocess", "data", "-o", "c.safetensors", in: folder)
      #expect(again.status == 0 && again.output.contains("Fresh     c.safetensors"), "\(again.story)")
      #expect(try Data(contentsOf: URL(fileURLWithPath: folder.path("c.safetensors"))) == made)
      try folder.write(try SmallSets.picture(20, 99), to: "data/cat/0.png")
      let stale = try await whisker("train", "--resume", "run", "--epochs", "3", in: folder)
      #expect(stale.status == 1 && stale.errors.contains("files have changed"), "\(stale.story)")
    }

    @Test("A sweep goes on with touched data, and refuses other data")
    func sweep() async throws {
      let sweep = ["sweep", "data", "--dropout", "0:0.5:0.5", "--seeds", "1", "--epochs", "1", "-o", "s"]
      #expect(try await ToolRun(sweep, in: folder).finish().status == 0)
      try touch("data")
      let resumed = try await whisker("sweep", "--resume", "s", in: folder)
      #expect(resumed.status == 0, "\(resumed.story)")
      try FileManager.default.removeItem(atPath: folder.path("data/cat/0.png"))
      let refused = try await whisker("sweep", "--resume", "s", in: folder)
      #expect(refused.status == 1 && refused.errors.contains("cat/0.png is missing"), "\(refused.story)")
    }

    @Test("A resumed run takes threads, workers and memory from the machine that it is on")
    func machine() async throws {
      func computing() throws -> [Int?] {
        let configuration = try RunFiles(folder, "run").json("args.json")["configuration"] as? [String: Any]
        return ["threads", "workers", "cacheMemory"].map {
          (configuration?["execution"] as? [String: Any])?[$0] as? Int
        }
      }
      try await whisker("train", "data", "--epochs", "1", "-o", "run", in: folder)
      let own = try computing()
      #expect(own.allSatisfy { $0 != nil })
      try await whisker(
        "train", "data", "--epochs", "1", "-o", "run", "--overwrite", "--threads", "61", "--workers", "3",
        "--cache-memory", "7MB", in: folder)
      #expect(try computing() != own)
      let resumed = try await whisker("train", "--resume", "run", "--epochs", "2", in: folder)
      #expect(resumed.status == 0, "\(resumed.story)")
      #expect(try computing() == own)
    }
  }
}
