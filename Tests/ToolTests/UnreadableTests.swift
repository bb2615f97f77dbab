import Foundation
import TestSupport
import Testing

extension ToolTests {
  /// Pictures of which the first, or none, can be read, and lists of none.
  @Suite struct Unreadable {
    private let folder: TemporaryFolder

    init() throws {
      folder = try TemporaryFolder()
      try SmallSets.makeFolder("set", classes: ["a", "b"], each: 8, in: folder)
    }

    static let networks = ["dropout-cnn", "deep-dropout-cnn", "mnist-convnet"]

    @Test(
      "predict and evaluate report pictures that cannot be read, whatever the network", arguments: networks)
    func everyNetwork(_ network: String) async throws {
      let trained = try await whisker(
        "train", "set", "--epochs", "1", "--network", network, "-o", "run", in: folder)
      #expect(trained.status == 0, "\(trained.story)")
      try folder.write([1, 2, 3], to: "broken.png")
      let all = try await whisker("predict", "run", "missing.png", "broken.png", in: folder)
      #expect(all.status == 1 && all.output.contains("cannot be opened"), "\(all.story)")
      let first = try await whisker("predict", "run", "missing.png", "set/b/1.png", in: folder)
      #expect(first.status == 1 && first.output.contains("set/b/1.png"), "\(first.story)")
      let sampled = try await whisker(
        "predict", "run", "missing.png", "--mc-samples", "3", in: folder)
      #expect(sampled.status == 1, "\(sampled.story)")

      for name in ["a", "b"] { try folder.write([1, 2, 3], to: "broken/\(name)/1.png") }
      let none = try await whisker("evaluate", "run", "broken", in: folder)
      #expect(none.status == 1 && none.errors.hasPrefix("whisker: "), "\(none.story)")
      for name in ["a", "b"] { try folder.write(SmallSets.picture(60, 1), to: "broken/\(name)/2.png") }
      let some = try await whisker("evaluate", "run", "broken", in: folder)
      #expect([0, 1].contains(some.status), "\(some.story)")
    }

    @Test(
      "Every command ends with an error where no picture can be read",
      arguments: [
        ["train", "broken", "--epochs", "1"], ["sweep", "broken", "--dropout", "0.1,0.2", "--epochs", "1"],
        ["preprocess", "broken", "-o", "c.safetensors"], ["verify", "broken"],
      ])
    func everyCommand(_ command: [String]) async throws {
      for name in ["a", "b"] {
        for number in 0..<4 { try folder.write([1, 2, 3], to: "broken/\(name)/\(number).png") }
      }
      let run = try await ToolRun(command, in: folder).finish()
      #expect(run.status == 1, "\(run.story)")
    }

    @Test(
      "Every command ends with an error where there are no files",
      arguments: [
        ["train", "empty"], ["sweep", "empty", "--dropout", "0.1,0.2"], ["verify", "empty"],
        ["inspect", "empty"],
        ["preprocess", "empty", "-o", "c.safetensors"],
      ])
    func noFiles(_ command: [String]) async throws {
      for path in ["empty", "empty/a", "empty/b"] { mkdir(folder.path(path), 0o777) }
      let run = try await ToolRun(command, in: folder).finish()
      #expect(run.status == 1 && run.errors.hasPrefix("whisker: "), "\(run.story)")
    }
  }
}
