import Foundation
import TestSupport
import Testing

extension ToolTests {
  @Suite struct FullDisk {
    private let folder: TemporaryFolder
    private let pets = Fixtures.samples + "/cats-dogs"

    init() throws { folder = try TemporaryFolder() }

    @Test(
      "A full disk ends the run with the file's name, and what was written before can be used",
      .enabled(if: SmallDisk.canBeMade, "a file system can only be mounted by root"))
    func fullDisk() async throws {
      // Room for the first checkpoint, best and last, and not for the next beside it: last has Adam's two values per
      // weight as well, 8.3 MB, and best 2.8 MB.
      let disk = try SmallDisk(at: folder.path("disk"), kilobytes: 16 << 10)
      let run = try await whisker(
        "train", pets, "--epochs", "3", "-o", "disk/run", in: folder)
      #expect(run.status == 1, "\(run.story)")
      #expect(run.errors.contains("disk/run/weights/"), "\(run.story)")
      #expect(run.errors.contains("No space left"), "\(run.story)")
      let evaluation = try await whisker("evaluate", "disk/run", pets, in: folder)
      #expect(evaluation.status == 0, "\(evaluation.story)")
      let last = try await whisker("inspect", "disk/run/weights/last.safetensors", in: folder)
      #expect(last.output.contains("epoch 1"), "\(last.story)")
      #expect(!RunFiles(folder, "disk/run").files.contains { $0.hasSuffix("~") })
      disk.remove()
    }

    @Test(
      "A full disk leaves the trainings of several seeds as they stood, and with more room they go on to the same model",
      .enabled(if: SmallDisk.canBeMade, "a file system can only be mounted by root"))
    func fullDiskOfSeveralSeeds() async throws {
      // Room for what both write at first, and not for the next checkpoint beside it.
      let disk = try SmallDisk(at: folder.path("disk"), kilobytes: 25 << 10)
      let asked = ["train", pets, "--seeds", "2", "--epochs", "3", "--threads", "2", "-o"]
      let run = try await ToolRun(asked + ["disk/all"], in: folder).finish()
      #expect(run.status == 1 && run.errors.contains("No space left"), "\(run.story)")
      #expect(RunFiles(folder, "disk/all").files.contains { $0.hasSuffix("/last.safetensors") })
      try disk.resize(kilobytes: 100 << 10)
      let resumed = try await whisker("train", "--resume", "disk/all", in: folder)
      #expect(resumed.status == 0, "\(resumed.story)")
      _ = try await ToolRun(asked + ["all"], in: folder).finish()
      #expect(
        try RunFiles(folder, "disk/all").bytes("weights/best.safetensors")
          == RunFiles(folder, "all").bytes("weights/best.safetensors"))
      disk.remove()
    }

    @Test(
      "A full disk leaves the run that was to be replaced, and it can be resumed",
      .enabled(if: SmallDisk.canBeMade, "a file system can only be mounted by root"),
      arguments: [["train"], ["train", "--seeds", "2"], ["sweep", "--dropout", "0.1,0.2", "--seeds", "1"]])
    func fullDiskOfAReplacement(kind: [String]) async throws {
      let disk = try SmallDisk(at: folder.path("disk"), kilobytes: 100 << 10)
      let asked = kind + [pets, "--epochs", "1", "-o", "disk/run"]
      let old = try await ToolRun(asked, in: folder).finish()
      #expect(old.status == 0, "\(old.story)")
      let files = RunFiles(folder, "disk/run")
      let (names, model) = (files.files, try files.bytes("weights/best.safetensors"))
      let size = names.reduce(0) { $0 + ((try? files.bytes($1).count) ?? 0) }
      // Room for part of a second one.
      try disk.resize(kilobytes: (size >> 10) + 4096)
      let new = try await ToolRun(asked + ["--overwrite", "--seed", "7"], in: folder).finish()
      #expect(new.status == 1 && new.errors.contains("No space left"), "\(new.story)")
      #expect(try files.files == names && files.bytes("weights/best.safetensors") == model)
      try disk.resize(kilobytes: 200 << 10)
      let resumed = try await ToolRun(
        [kind[0], "--resume", "disk/run"] + (kind[0] == "train" ? ["--epochs", "2"] : []), in: folder
      ).finish()
      #expect(resumed.status == 0, "\(resumed.story)")
      disk.remove()
    }

    @Test(
      "A disk that has no room at all is told before the first epoch",
      .enabled(if: SmallDisk.canBeMade, "a file system can only be mounted by root"))
    func noRoomAtAll() async throws {
      let disk = try SmallDisk(at: folder.path("disk"), kilobytes: 16)
      let run = try await whisker("train", pets, "-o", "disk/run", in: folder)
      #expect(run.status == 1, "\(run.story)")
      #expect(run.errors.contains("disk/run") && run.errors.contains("No space left"), "\(run.story)")
      #expect(run.epochs.isEmpty)
      disk.remove()
    }
  }
}
