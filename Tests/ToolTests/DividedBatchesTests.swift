import Foundation
import TestSupport
import Testing

extension ToolTests {
  /// The batches of several processes are those of one.
  @Suite(Mpirun.condition, .alone)
  struct DividedBatches {
    private let folder: TemporaryFolder
    private let pets = Fixtures.samples + "/cats-dogs"

    init() throws { folder = try TemporaryFolder() }

    @Test(
      "What one process cannot read all leave out: batches close up as those of one do",
      arguments: [(2, "1000"), (3, "0"), (4, "1000")])
    func unreadable(count: Int, cacheMegabytes: String) async throws {
      try SmallSets.makeFolder("some", classes: ["cat", "dog"], each: 60, in: folder)
      for number in 0..<30 { try folder.write([1, 2, 3], to: "some/dog/bad\(number).png") }
      let options = [
        "--epochs", "2", "--batch-size", "16", "--augment", "flip", "--cache-memory", cacheMegabytes,
      ]
      let alone = try await ToolRun(["train", "some", "-o", "alone"] + options, in: folder).finish()
      let together = try await Mpirun.start(count, ["train", "some", "-o", "together"] + options, in: folder)
        .finish()
      for run in [alone, together] {
        #expect(run.status == 0, "\(run.story)")
        #expect(run.errors.contains("dog/bad"), "\(run.story)")
      }
      for name in ["alone", "together"] {
        let list = String(decoding: try RunFiles(folder, name).bytes("metrics.json"), as: UTF8.self)
        for number in 0..<30 { #expect(list.contains("dog/bad\(number).png"), "\(name)") }
      }
      try RunFiles(folder, "together").expectSameStart(as: RunFiles(folder, "alone"))
    }

    @Test("Samples that share a mask of DropConnect stay with one process", arguments: [2, 3, 4])
    func dropConnect(count: Int) async throws {
      try folder.write(
        Array(
          """
          {"layers": [{"type": "flatten"}, {"type": "drop_connect", "units": 20, "rate": 0.5}, {"type": "relu"},
            {"type": "dropout", "rate": 0.25}, {"type": "drop_connect", "rate": 0.25}]}
          """.utf8), to: "connect.json")
      // Two groups of 16 samples and one of 8, which four processes cannot divide.
      let options = ["train", pets, "--network", "connect.json", "--epochs", "2", "--batch-size", "40"]
      let alone = try await ToolRun(options + ["-o", "alone"], in: folder).finish()
      let together = try await Mpirun.start(count, options + ["-o", "together"], in: folder).finish()
      for run in [alone, together] { #expect(run.status == 0, "\(run.story)") }
      try RunFiles(folder, "together").expectSameStart(as: RunFiles(folder, "alone"))
    }

    @Test("A process's memory does not grow with the shards that it trains from")
    func memory() async throws {
      try folder.write(
        Array(#"{"layers": [{"type": "flatten"}, {"type": "dense"}]}"#.utf8), to: "small.json")
      var peaks: [Int] = []
      for rows in [100_000, 300_000] {
        try SmallSets.makeVariedIDX("idx", count: rows, in: folder)
        try await whisker("preprocess", "idx", "-o", "\(rows)/rows.safetensors", "--shards", "4", in: folder)
        let run = try Mpirun.start(
          2,
          [
            "train", "\(rows)", "--network", "small.json", "--epochs", "1", "--batch-size", "256",
            "--no-tensorboard", "-o", "run\(rows)",
          ], in: folder)
        var seen: [Int32: ProcessMemory] = [:]
        let result = try await run.finish {
          for process in Mpirun.processes(of: run.identifier) {
            seen[process, default: ProcessMemory()].look(at: process)
          }
        }
        #expect(result.status == 0, "\(result.story)")
        peaks.append(try #require(seen.values.map(\.resident).max()))
      }
      print("100,000 and 300,000 rows, 2 processes: up to \(peaks[0]) and \(peaks[1]) KB resident in each")
      // The pictures alone are 235 MB.
      #expect(peaks[1] < 150_000)
      #expect(peaks[1] - peaks[0] < 40_000)
    }
  }
}
