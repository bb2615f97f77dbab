import Foundation
import TestSupport
import Testing

extension ToolTests {
  @Suite struct AdaptiveDropout {
    private let folder: TemporaryFolder
    private let pets = Fixtures.samples + "/cats-dogs"

    init() throws { folder = try TemporaryFolder() }

    private func train(_ name: String, _ options: String...) async throws -> RunFiles {
      let run = try await ToolRun(
        ["train", pets, "--batch-size", "32", "--dropout", "auto", "-o", name] + options, in: folder
      ).finish()
      #expect(run.status == 0, "\(run.story)")
      return RunFiles(folder, name)
    }

    @Test(
      "The rates start from the network's own, and are in results.csv, the report, the events and the model")
    func told() async throws {
      let run = try await train("run", "--epochs", "4", "--validate-every", "3")
      let rows = try run.rows("results.csv")
      #expect(rows[0].suffix(3) == ["train_loss", "dropout_1", "dropout_2"])
      let midway = try run.rows("validations.csv")
      #expect(midway[0] == rows[0] && midway[1].suffix(2) == ["0.250000", "0.500000"])
      let rates = try (rows.dropFirst() + midway.dropFirst()).map { row in
        try row.suffix(2).map { try #require(Double($0)) }
      }
      #expect(Set(rates.map { $0[0] }).count == rates.count, "they change after every validation: \(rates)")
      #expect(rates.allSatisfy { $0[0] < $0[1] })
      let page = try WebPage(folder, "run/report.html")
      #expect(page.text.contains("dropout layer 1") && page.text.contains("dropout layer 2"))
      let events = try run.bytes("events.out.tfevents.000001")
      for tag in ["epochs/train_loss", "epochs/dropout_1", "validations/dropout_2"] {
        #expect(events.range(of: Data(tag.utf8)) != nil, "\(tag)")
      }
      // The model of the best weights has the rates that these were trained with.
      let best = try #require(try run.json("metrics.json")["best"] as? [String: Any])
      let dropout = try #require(best["dropout"] as? [String: Any])
      let inspected = try await whisker("inspect", "run", in: folder)
      for rate in try #require(dropout["rates"] as? [Double]) {
        #expect(inspected.output.contains("dropout \(rate)"), "\(inspected.story)")
      }
    }

    @Test("The same bytes on one, two and three threads, and interrupted")
    func sameBytes() async throws {
      let options = ["--epochs", "4", "--validate-every", "3"]
      func weights(_ run: RunFiles) throws -> [Data] {
        try [run.bytes("weights/best.safetensors"), run.bytes("weights/last.safetensors")]
      }
      let reference = try await weights(
        train("one", "--threads", "1", options[0], options[1], options[2], options[3]))
      for threads in ["2", "3"] {
        let run = try await train(
          threads, "--threads", threads, options[0], options[1], options[2], options[3])
        #expect(try weights(run) == reference)
      }
      let short = try await train("short", "--epochs", "2", "--validate-every", "3")
      let resumed = try await whisker("train", "--resume", "short", "--epochs", "4", in: folder)
      #expect(resumed.status == 0, "\(resumed.story)")
      #expect(try weights(short) == reference)
    }

    @Test("Where there is nothing to follow, or a setting is none, that is said")
    func refused() async throws {
      try folder.write(
        Array(#"{"layers": [{"type": "flatten"}, {"type": "dense"}]}"#.utf8), to: "plain.json")
      let cases: [(options: [String], status: Int32, reason: String)] = [
        (["auto", "--validation-split", "0"], 1, "--validation-split"),
        (["auto", "--network", "plain.json"], 1, "no dropout layer"), (["auto,gap=0"], 2, "--dropout"),
        (["auto,speed=1"], 2, "--dropout"), (["auto,min=0.5,max=0.4"], 2, "--dropout"),
      ]
      for (options, status, reason) in cases {
        let run = try await ToolRun(["train", pets, "--dropout"] + options, in: folder).finish()
        #expect(run.status == status && run.errors.contains(reason), "\(run.story)")
      }
      #expect(!FileManager.default.fileExists(atPath: folder.path("runs")))
    }
  }
}
