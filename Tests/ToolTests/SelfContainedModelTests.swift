import Foundation
import TestSupport
import Testing

extension ToolTests {
  @Suite struct SelfContainedModel {
    private let folder: TemporaryFolder
    private let pets = Fixtures.samples + "/cats-dogs"

    init() throws { folder = try TemporaryFolder() }

    @Test("The model file alone, away from its run, brings classes, size, colours, aspect and background")
    func modelAlone() async throws {
      let run = try await whisker(
        "train", pets + "/train", "--epochs", "2", "--color-mode", "rgb", "--image-size", "20x24",
        "--pad-to-aspect-ratio", "--background", "204060", "--full-decode", in: folder)
      #expect(run.status == 0, "\(run.story)")
      let before = try await losses("runs/train1")
      let elsewhere = folder.path("elsewhere.safetensors")
      try FileManager.default.moveItem(atPath: RunFiles(folder).best, toPath: elsewhere)
      try FileManager.default.removeItem(atPath: folder.path("runs"))
      #expect(try await losses(elsewhere) == before)
      let inspection = try await whisker("inspect", elsewhere, in: folder)
      for part in ["cat, dog", "20x24 rgb", "padded", "transparency over #204060", "at full size"] {
        #expect(inspection.output.contains(part), "\(part) in \(inspection.story)")
      }
      let pictures = ["\(pets)/test/cat/000.png", "\(pets)/test/dog/001.jpg"]
      let prediction = try await ToolRun(
        ["predict", elsewhere] + pictures + ["--format", "csv"], in: folder
      ).finish()
      #expect(prediction.status == 0 && prediction.lines[0] == "path,label,probability,cat,dog,error")
    }

    /// What a model measures on the test part.
    private func losses(_ model: String) async throws -> Double? {
      let run = try await whisker("evaluate", model, pets, "--format", "json", in: folder)
      #expect(run.status == 0, "\(run.story)")
      return try jsonObject(run.output)["loss"] as? Double
    }
  }
}
