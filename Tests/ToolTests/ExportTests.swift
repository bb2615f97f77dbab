import Foundation
import TestSupport
import Testing
import WhiskerNN

extension ToolTests {
  @Suite struct Export {
    private let folder: TemporaryFolder
    private let pets = Fixtures.samples + "/cats-dogs"

    init() throws { folder = try TemporaryFolder() }

    private func train(_ options: String...) async throws {
      let run = try await ToolRun(
        ["train", pets, "--epochs", "1", "-o", "run"] + options, in: folder
      ).finish()
      #expect(run.status == 0, "\(run.story)")
    }

    private func bytes(_ name: String) throws -> Data {
      try Data(contentsOf: URL(fileURLWithPath: folder.path(name)))
    }

    @Test("A run and its model file give the same file, whose format follows from its name or --format")
    func formats() async throws {
      try await train()
      let run = try await whisker("export", "run", "-o", "out/a.onnx", in: folder)
      #expect(run.status == 0, "\(run.story)")
      for part in ["Wrote     out/a.onnx: ONNX", "cat, dog", "images, float32 [N, 1, 28, 28]"] {
        #expect(run.output.contains(part), "\(part) in \(run.story)")
      }
      try await whisker(
        "export", "run/weights/best.safetensors", "-o", "b.bin", "--format", "onnx", in: folder)
      #expect(try bytes("out/a.onnx") == bytes("b.bin"))
      let coreML = try await whisker("export", "run", "-o", "A.MLMODEL", in: folder)
      #expect(coreML.output.contains("Core ML"), "\(coreML.story)")
      #expect(try bytes("A.MLMODEL") != bytes("b.bin"))
    }

    @Test("--tta flip averages over mirror images, and says so")
    func flip() async throws {
      try await train()
      try await whisker("export", "run", "-o", "a.onnx", in: folder)
      for name in ["b.onnx", "b.mlmodel"] {
        let run = try await whisker("export", "run", "-o", name, "--tta", "flip", in: folder)
        #expect(run.status == 0 && run.output.contains("mirror image (--tta flip)"), "\(run.story)")
      }
      #expect(try bytes("a.onnx") != bytes("b.onnx"))
      let refused = try await whisker("export", "run", "-o", "c.onnx", "--tta", "rotate", in: folder)
      #expect(refused.status == 2 && refused.errors.contains("--tta"), "\(refused.story)")
    }

    @Test("A file that is there is kept, unless --overwrite replaces it")
    func overwrite() async throws {
      try await train()
      try folder.write([1, 2, 3], to: "a.onnx")
      let refused = try await whisker("export", "run", "-o", "a.onnx", in: folder)
      #expect(refused.status == 1)
      #expect(refused.errors.contains("a.onnx: already exists") && refused.errors.contains("--overwrite"))
      #expect(try bytes("a.onnx") == Data([1, 2, 3]))
      let replaced = try await whisker("export", "run", "-o", "a.onnx", "--overwrite", in: folder)
      #expect(replaced.status == 0, "\(replaced.story)")
      #expect(try bytes("a.onnx").count > 1000)
      let taken = try await whisker(
        "export", "run", "-o", "run", "--format", "onnx", "--overwrite", in: folder)
      #expect(taken.status == 1 && taken.errors.contains("run: is a folder"), "\(taken.story)")
    }

    @Test("An output of neither ending, or an unknown format, is wrong usage")
    func wrongUsage() async throws {
      for arguments in [["-o", "model.pb"], ["-o", ""], ["-o", "a.onnx", "--format", "tflite"]] {
        let run = try await ToolRun(["export", "run"] + arguments, in: folder).finish()
        #expect(run.status == 2, "\(run.story)")
        #expect(run.errors.contains("whisker export"), "\(run.story)")
      }
      #expect(folder.contents().isEmpty)
    }

    @Test("What is no model, or is cut short, is named, and nothing is written")
    func noModel() async throws {
      try await train()
      try folder.write([UInt8](bytes("run/weights/best.safetensors").prefix(50_000)), to: "cut.safetensors")
      try folder.write(try SmallSets.picture(20, 1), to: "picture.png")
      for name in ["cut.safetensors", "picture.png", "nowhere.safetensors", "run/weights"] {
        let run = try await whisker("export", name, "-o", "out.onnx", in: folder)
        #expect(run.status == 1, "\(run.story)")
        #expect(run.errors.contains("\(name): "), "\(run.story)")
        #expect(!folder.contents().contains("out.onnx"))
      }
    }

    @Test(
      "A full disk is told with the file's name, and the old file is kept",
      .enabled(if: SmallDisk.canBeMade, "a file system can only be mounted by root"))
    func fullDisk() async throws {
      try await train()
      let disk = try SmallDisk(at: folder.path("disk"), kilobytes: 64)
      try folder.write([1], to: "disk/a.onnx")
      let run = try await whisker("export", "run", "-o", "disk/a.onnx", "--overwrite", in: folder)
      #expect(run.status == 1, "\(run.story)")
      #expect(run.errors.contains("disk/a.onnx") && run.errors.contains("No space left"), "\(run.story)")
      #expect(try bytes("disk/a.onnx") == Data([1]))
      disk.remove()
    }
  }
}
