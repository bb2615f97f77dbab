import Foundation
import TestSupport
import Testing

extension ToolTests {
  /// What a training or a sweep was asked for, as a file tells it that somebody has edited.
  @Suite struct DamagedRecords {
    private let folder: TemporaryFolder
    private static let damages: [(group: String, key: String, value: any Sendable)] = [
      ("execution", "threads", -3), ("execution", "threads", 1_000_000_000), ("execution", "workers", -1),
      ("execution", "prefetch", -1), ("optimization", "batchSize", 0), ("optimization", "epochs", -3),
      ("optimization", "epochs", Int64.max), ("evaluation", "patience", -7),
      ("optimization", "momentum", 7.5),
      ("optimization", "learningRate", -1), ("execution", "cacheMemory", -1), ("data", "maximumPixels", 0),
      ("data", "validationSplit", 1.5),
    ]

    init() throws {
      folder = try TemporaryFolder()
      try SmallSets.makeIDX("many", count: 40, in: folder)
    }

    @Test("A run or sweep whose record has invalid values is not resumed, and the file is named")
    func refused() async throws {
      try await whisker("train", "many", "--epochs", "1", "-o", "run", in: folder)
      try await whisker(
        "sweep", "many", "--dropout", "0.1", "--epochs", "1", "--seeds", "1", "-o", "sweep", in: folder)
      for (group, key, value) in Self.damages {
        try await expectRefusal("train", "run/args.json", [group, key], value)
        try await expectRefusal("sweep", "sweep/results.json", ["base", group, key], value)
      }
      try await expectRefusal("train", "run/args.json", ["version"], 3)
      try await expectRefusal("sweep", "sweep/results.json", ["learning_rates"], [-0.1])
      try await expectRefusal("sweep", "sweep/results.json", ["seeds"], [0, 0])
      try await expectRefusal("sweep", "sweep/results.json", ["dropout"], [[Double]()])
    }

    private func expectRefusal(_ command: String, _ name: String, _ keys: [String], _ value: Any) async throws
    {
      let url = URL(fileURLWithPath: folder.path(name))
      let whole = try Data(contentsOf: url)
      let edited = Self.edited(try jsonObject(whole), ["configuration"] + keys, value)
      try JSONSerialization.data(withJSONObject: edited).write(to: url)
      let path = url.deletingLastPathComponent().lastPathComponent
      let run = try await whisker(command, "--resume", path, in: folder)
      #expect(
        run.status == 1 && run.errors.contains("\(name): cannot be resumed"), "\(keys) \(value): \(run.story)"
      )
      try whole.write(to: url)
    }

    private static func edited(_ object: [String: Any], _ keys: [String], _ value: Any) -> [String: Any] {
      var object = object
      guard let inner = object[keys[0]] as? [String: Any], keys.count > 1 else {
        return object.merging([keys[0]: value]) { $1 }
      }
      object[keys[0]] = edited(inner, Array(keys.dropFirst()), value)
      return object
    }
  }
}
