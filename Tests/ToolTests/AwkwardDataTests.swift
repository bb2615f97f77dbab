import Foundation
import TestSupport
import Testing

extension ToolTests {
  /// Data that is nearly right.
  @Suite struct AwkwardData {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test("Where no validation picture can be read, the epochs go without")
    func unreadableValidation() async throws {
      try SmallSets.makeFolder("set/train", classes: ["a", "b"], in: folder)
      for name in ["a", "b"] { try folder.write([1, 2, 3], to: "set/val/\(name)/x.png") }
      let run = try await whisker("train", "set", "--epochs", "2", "--allow-empty-classes", in: folder)
      #expect(run.status == 0, "\(run.story)")
      #expect(run.epochs.count == 2 && !run.output.contains("val_loss 0"))
      #expect(run.errors.contains("val/a/x.png") && run.errors.contains("val/b/x.png"))
    }

    @Test("Folders called Training and Testing are parts, not classes")
    func partsByOtherNames() async throws {
      try SmallSets.makeFolder("set/Training", classes: ["a", "b"], in: folder)
      try SmallSets.makeFolder("set/Testing", classes: ["a", "b"], each: 3, in: folder)
      let told = try await whisker("inspect", "set", in: folder)
      #expect(told.output.contains("train: a 12, b 12"))
      #expect(told.output.contains("test: a 3, b 3"))
    }

    @Test("Of half an IDX pair, the name of the missing half is printed")
    func halfAnIDXPair() async throws {
      try SmallSets.makeIDX("set", count: 20, in: folder)
      try FileManager.default.removeItem(atPath: folder.path("set/train-labels-idx1-ubyte"))
      let run = try await whisker("train", "set", in: folder)
      #expect(run.status == 1)
      #expect(run.errors.contains("has no train-labels-idx1-ubyte beside it"))
    }

    @Test("--labels is refused where it means nothing")
    func labelsOfAFolder() async throws {
      try SmallSets.makeFolder("set", classes: ["a", "b"], in: folder)
      let run = try await whisker("train", "set", "--labels", "nosuch", in: folder)
      #expect(run.status == 1)
      #expect(run.errors.contains("--labels goes with an IDX file"))
    }

    @Test("The error for a dataset of symbolic links says so")
    func onlyLinks() async throws {
      try SmallSets.makeFolder("real", classes: ["a", "b"], in: folder)
      try FileManager.default.createDirectory(atPath: folder.path("set"), withIntermediateDirectories: true)
      for name in ["a", "b"] {
        try FileManager.default.createSymbolicLink(
          atPath: folder.path("set/\(name)"), withDestinationPath: folder.path("real/\(name)"))
      }
      let run = try await whisker("train", "set", in: folder)
      #expect(run.status == 1)
      #expect(run.errors.contains("2 symbolic links or devices"))
    }

    @Test("What a run held back is found from its weights as well as from its folder")
    func splitOfTheRun() async throws {
      try SmallSets.makeFolder("set", classes: ["a", "b"], in: folder)
      try await whisker("train", "set", "--epochs", "1", in: folder)
      for model in ["runs/train1", "runs/train1/weights/best.safetensors"] {
        let run = try await whisker(
          "evaluate", model, "set", "--split", "val", "--format", "json", in: folder)
        #expect(try jsonObject(run.output)["count"] as? Int == 4, "\(run.story)")
      }
      try FileManager.default.copyItem(
        atPath: folder.path("runs/train1/weights/best.safetensors"), toPath: folder.path("alone.safetensors"))
      let run = try await whisker("evaluate", "alone.safetensors", "set", "--split", "val", in: folder)
      #expect(run.status == 1 && run.errors.contains("pass the run's folder"), "\(run.story)")
    }

    @Test("Answers that do not arrive are a failure")
    func fullOutput() async throws {
      try SmallSets.makeFolder("set", classes: ["a", "b"], in: folder)
      try await whisker("train", "set", "--epochs", "1", in: folder)
      let script = "'\(ToolRun.tool.path)' predict runs/train1 set --format csv > /dev/full"
      let shell = Process()
      shell.executableURL = URL(fileURLWithPath: "/bin/sh")
      shell.arguments = ["-c", script]
      shell.currentDirectoryURL = URL(fileURLWithPath: folder.path)
      let errors = Pipe()
      shell.standardError = errors
      try shell.run()
      let told = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      shell.waitUntilExit()
      #expect(shell.terminationStatus == 1)
      #expect(told.contains("standard output: cannot be written: No space left on device"))
    }
  }
}
