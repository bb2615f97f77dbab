import Foundation
import TestSupport
import Testing

extension ToolTests {
  /// Sets that are larger than the memory that they are trained in. With WHISKER_BIG_CACHE=1 they have five million rows
  /// and take 8 GB of disk and some minutes.
  @Suite struct BigCache {
    private static let isBig = ProcessInfo.processInfo.environment["WHISKER_BIG_CACHE"] == "1"
    private static let rows = isBig ? 5_000_000 : 300_000
    /// What a process may hold besides the page cache, in kilobytes; the rows are 784 bytes each.
    private static let limit = isBig ? 200_000 : 100_000

    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test("A cache that is larger than memory should be is made, trained from and evaluated in little memory")
    func littleMemory() async throws {
      try SmallSets.makeVariedIDX("many", count: Self.rows, in: folder)
      let made = try await whisker("preprocess", "many", "-o", "c.safetensors", in: folder, limit: 600)
      #expect(made.status == 0, "\(made.story)")
      #expect((1..<60_000).contains(made.memory.own), "\(made.memory)")
      try FileManager.default.removeItem(atPath: folder.path("many"))

      let training = try ToolRun(
        ["train", "c.safetensors", "--epochs", "1", "-o", "run"], in: folder, columns: 100)
      try await training.wait(within: 300) { text in
        text.matches(of: #/ ([0-9]+)\/[0-9]+ /#).contains { (Int($0.1) ?? 0) >= 300 }
      }
      training.signal(SIGINT)
      let trained = try await training.finish(within: 300)
      #expect(trained.status == 130, "\(trained.story)")
      #expect((1..<Self.limit).contains(trained.memory.own), "\(trained.memory)")

      let evaluated = try await whisker(
        "evaluate", "run/weights/last.safetensors", "c.safetensors", "--split", "all", "--format", "json",
        in: folder,
        limit: 600)
      #expect(evaluated.status == 0, "\(evaluated.errors)")
      #expect(try jsonObject(evaluated.output)["count"] as? Int == Self.rows)
      #expect((1..<Self.limit).contains(evaluated.memory.own), "\(evaluated.memory)")
      print(
        "\(Self.rows) rows: \(made.memory.own), \(trained.memory.own) and \(evaluated.memory.own) KB to preprocess, train and evaluate"
      )
    }
  }
}
