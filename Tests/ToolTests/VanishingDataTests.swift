import Foundation
import TestSupport
import Testing

extension ToolTests {
  @Suite struct VanishingData {
    @Test(
      "Where pictures vanish in the midst of a training it stops, keeps its checkpoint and prints how to go on"
    )
    func vanish() async throws {
      let folder = try TemporaryFolder()
      try SmallSets.makeFolder("pets", classes: ["cat", "dog"], in: folder)
      let network = try SmallSets.makeNetwork(in: folder)
      let run = try ToolRun(
        ["train", "pets", "--epochs", "100000", "--cache-memory", "0", "-o", "run"] + network, in: folder)
      try await run.wait { $0.contains("Epoch      1/") }
      try FileManager.default.moveItem(atPath: folder.path("pets/dog"), toPath: folder.path("away"))
      let result = try await run.finish()
      #expect(result.status == 1, "\(result.errors)")
      #expect(result.errors.contains("cannot be opened: No such file or directory"), "\(result.errors)")
      #expect(result.errors.contains("whisker train --resume run"), "\(result.errors)")
      #expect(!result.errors.contains("Skipped"))
      try FileManager.default.moveItem(atPath: folder.path("away"), toPath: folder.path("pets/dog"))
      let resumed = try ToolRun(["train", "--resume", "run"], in: folder)
      try await resumed.wait { $0.contains("Resumed   ") && $0.contains("val_loss") }
      resumed.signal(SIGINT)
      #expect(try await resumed.finish().status == 130)
    }
  }
}
