import TestSupport
import Testing
import WhiskerTraining

extension ToolTests {
  /// The memory of an audit grows with the pictures as it was forecast.
  @Suite struct AuditMemory {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test("An audit takes the memory that was forecast for its pictures, and no more")
    func forecast() async throws {
      let features = 32
      let layers =
        #"[{"type": "convolution", "filters": \#(features), "kernel": 3}, {"type": "relu"}, "#
        + #"{"type": "global_average_pool"}, {"type": "dense"}]"#
      try folder.write(Array(#"{"layers": \#(layers)}"#.utf8), to: "backbone.json")
      try SmallSets.makeFolder("set", classes: ["a", "b"], in: folder)
      try await whisker(
        "train", "set", "--network", "backbone.json", "--epochs", "1", "-o", "backbone", in: folder)
      let (few, many) = (1000, 9000)
      let growth = try await peak(many) - (try await peak(few))
      let forecast =
        (many - few) * AuditedPictures.memoryPerPicture(featureCount: features, classCount: 1)
      // Not all pictures have as many candidates as they may have, and an allocator takes a few megabytes more or less.
      #expect(growth < forecast + 4 << 20 && growth > forecast / 2, "\(growth) bytes, forecast \(forecast)")
    }

    /// The most memory of an audit of pictures of noise, in bytes. Their features are alike, so that all of them have candidates.
    private func peak(_ count: Int) async throws -> Int {
      let name = "noise\(count)"
      try SmallSets.makeNoise(name, count: count, in: folder)
      let run = try await whisker("audit", name, "--backbone", "backbone", in: folder)
      #expect(run.status == 0, "\(run.story)")
      return run.memory.resident << 10
    }
  }
}
