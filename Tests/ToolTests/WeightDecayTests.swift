import Foundation
import TestSupport
import Testing

extension ToolTests {
  @Suite struct WeightDecay {
    private let folder: TemporaryFolder
    private let pets = Fixtures.samples + "/cats-dogs"

    init() throws { folder = try TemporaryFolder() }

    @Test(
      "Weight decay makes the weights smaller, and none of it changes nothing", arguments: ["adam", "sgd"])
    func shrinks(optimizer: String) async throws {
      func best(_ name: String, _ options: String...) async throws -> (bytes: Data, run: ToolRun.Result) {
        let run = try await ToolRun(
          ["train", pets, "--epochs", "2", "--optimizer", optimizer, "-o", name] + options, in: folder
        ).finish()
        #expect(run.status == 0, "\(run.story)")
        return (try RunFiles(folder, name).bytes("weights/last.safetensors"), run)
      }
      let plain = try await best("plain")
      #expect(try await best("none", "--weight-decay", "0").bytes == plain.bytes)
      let decayed = try await best("decayed", "--weight-decay", "5")
      #expect(decayed.bytes != plain.bytes)
      #expect(decayed.run.output.contains("weight decay 5"))
    }

    @Test("A share that is none is refused", arguments: ["-1", "1e4", "nan", "much"])
    func refused(share: String) async throws {
      let run = try await whisker("train", pets, "--weight-decay=\(share)", in: folder)
      #expect(run.status == 2 && run.errors.contains("--weight-decay"), "\(run.story)")
    }

    @Test("A share that is too large for one of a sweep's learning rates is refused before any is trained")
    func refusedInSweeps() async throws {
      let run = try await whisker(
        "sweep", pets, "--learning-rate", "0.001,0.5", "--weight-decay", "3", in: folder)
      #expect(run.status == 2 && run.errors.contains("--weight-decay"), "\(run.story)")
      #expect(!folder.contents().contains("sweeps"))
    }
  }
}
