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
      ("data", "validationSplit", 1.5), ("data", "trainingSize", ["height": 0, "width": 4]),
      ("data", "earlierTrainingSizes", [["height": 4, "width": -1]]),
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
      try await expectRefusal("train", "run/args.json", ["version"], 3, "a later version of Whisker")
      try await expectRefusal(
        "sweep", "sweep/results.json", ["base", "version"], 3, "a later version of Whisker")
      try await expectRefusal("sweep", "sweep/results.json", ["learning_rates"], [-0.1])
      try await expectRefusal("sweep", "sweep/results.json", ["seeds"], [0, 0])
      try await expectRefusal("sweep", "sweep/results.json", ["dropout"], [[Double]()])
    }

    @Test(
      "Numbers in the tables of a run that none can be are no reason to crash",
      arguments: ["nan", "1e300", "-1"])
    func numbers(_ number: String) async throws {
      try await whisker("train", "many", "--epochs", "2", "-o", "run", in: folder)
      let results = URL(fileURLWithPath: folder.path("run/results.csv"))
      let rows = try String(contentsOf: results, encoding: .utf8).split(separator: "\n").map { line in
        var cells = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        if cells[0] != "epoch" { (cells[5], cells[6], cells[11]) = (number, number, number) }
        return cells.joined(separator: ",")
      }
      try Data((rows.joined(separator: "\n") + "\n").utf8).write(to: results)
      #expect(try await whisker("train", "--resume", "run", "--epochs", "3", in: folder).status == 0)
      let history = URL(fileURLWithPath: folder.path("run/weights/history.jsonl"))
      let text = try String(contentsOf: history, encoding: .utf8)
      let edited = text.replacing(/"step":\d+/, with: "\"step\":\(Int.max)")
      #expect(edited != text)
      try Data(edited.utf8).write(to: history)
      let run = try await whisker("train", "--resume", "run", "--epochs", "4", in: folder)
      #expect([0, 1].contains(run.status), "\(run.story)")
    }

    private func expectRefusal(
      _ command: String, _ name: String, _ keys: [String], _ value: Any, _ reason: String = ""
    ) async throws {
      let url = URL(fileURLWithPath: folder.path(name))
      let whole = try Data(contentsOf: url)
      let edited = Self.edited(try jsonObject(whole), ["configuration"] + keys, value)
      try JSONSerialization.data(withJSONObject: edited).write(to: url)
      let path = url.deletingLastPathComponent().lastPathComponent
      let run = try await whisker(command, "--resume", path, in: folder)
      #expect(
        run.status == 1 && run.errors.contains("\(name): cannot be resumed: \(reason)"),
        "\(keys) \(value): \(run.story)"
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
