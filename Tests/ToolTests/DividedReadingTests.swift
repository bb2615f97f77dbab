import Foundation
import TestSupport
import Testing

extension ToolTests {
  @Suite(Mpirun.condition, .alone)
  struct DividedReading {
    private let folder: TemporaryFolder
    private let pets = Fixtures.samples + "/cats-dogs"

    init() throws { folder = try TemporaryFolder() }

    @Test(
      "Evaluation and prediction by several processes tell what one tells, byte for byte", arguments: [2, 3])
    func sameAnswers(count: Int) async throws {
      try await whisker("train", pets, "--epochs", "1", "-o", "run", in: folder)
      try folder.write([1, 2, 3], to: "more/bad.png")
      for command in [
        ["evaluate", "run", pets, "--format", "json"], ["predict", "run", pets, "--format", "csv"],
        ["predict", "run", pets, "more", "--format", "jsonl", "--mc-samples", "3"],
        ["evaluate", "run", pets, "--format", "json", "--mc-samples", "2"],
      ] {
        let alone = try await ToolRun(command, in: folder).finish()
        let together = try await Mpirun.start(count, command, in: folder).finish()
        #expect(!alone.output.isEmpty)
        #expect(together.output.replacing("\r\n", with: "\n") == alone.output, "\(together.story)")
        #expect(together.status == alone.status)
      }
      try await whisker("evaluate", "run", pets, "-o", "alone.csv", in: folder)
      try await Mpirun.run(count, "evaluate", "run", pets, "-o", "together.csv", in: folder)
      #expect(try contents("together.csv") == contents("alone.csv"))
    }

    @Test("The shards are the same files, however many processes make them", arguments: [1, 3, 8])
    func sameShards(count: Int) async throws {
      let cache = "alone/pets.safetensors"
      for shard in 1...8 {
        try await whisker("preprocess", pets, "-o", cache, "--shard", "\(shard)/8", in: folder)
      }
      let run = try await Mpirun.run(
        count, "preprocess", pets, "-o", "together/pets.safetensors", "--shards", "8", in: folder)
      #expect(run.status == 0, "\(run.story)")
      for shard in 1...8 {
        let name = "pets-0000\(shard)-of-00008.safetensors"
        #expect(try contents("together/\(name)") == contents("alone/\(name)"))
      }
    }

    @Test("Every process makes a shard where nobody says how many; the rows are those of one file")
    func oneShardEach() async throws {
      let run = try await Mpirun.run(3, "preprocess", pets, "-o", "shards/pets.safetensors", in: folder)
      #expect(run.status == 0, "\(run.story)")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("shards")).count == 3)
      try await whisker("preprocess", pets, "-o", "whole.safetensors", in: folder)
      for data in ["shards", "whole.safetensors"] {
        try await whisker("train", data, "--epochs", "1", "-o", "run-\(data)", in: folder)
      }
      let weights = "weights/last.safetensors"
      #expect(
        try RunFiles(folder, "run-shards").bytes(weights)
          == RunFiles(folder, "run-whole.safetensors").bytes(weights))
    }

    @Test(
      "Lists, archives and several roots are divided as the folder is",
      .enabled(if: Python.has("zipfile"), "needs python3"))
    func otherForms() async throws {
      try SmallSets.makeFolder("pets", classes: ["cat", "dog"], each: 20, in: folder)
      let paths = ["cat", "dog"].flatMap { label in (0..<20).map { "pets/\(label)/\($0).png,\(label)\n" } }
      try folder.write(Array(("path,label\n" + paths.joined()).utf8), to: "list.csv")
      _ = try Python.run(
        """
        import os, zipfile
        os.chdir('\(folder.path)')
        with zipfile.ZipFile('pets.zip', 'w') as archive:
            for at, _, names in os.walk('pets'):
                for name in names:
                    archive.write(os.path.join(at, name))
        """)
      func model(_ data: String...) async throws -> Data {
        let run = try await Mpirun.start(
          2, ["train"] + data + ["--epochs", "1", "--batch-size", "8", "-o", "of-\(data[0])"], in: folder
        ).finish()
        #expect(run.status == 0, "\(run.story)")
        return try RunFiles(folder, "of-\(data[0])").bytes("weights/last.safetensors")
      }
      let expected = try await model("pets")
      #expect(try await model("list.csv") == expected)
      #expect(try await model("pets.zip") == expected)
      try FileManager.default.createDirectory(atPath: folder.path("one"), withIntermediateDirectories: true)
      try FileManager.default.createDirectory(atPath: folder.path("two"), withIntermediateDirectories: true)
      for label in ["cat", "dog"] {
        try FileManager.default.copyItem(
          atPath: folder.path("pets/\(label)"), toPath: folder.path("one/\(label)"))
        try FileManager.default.copyItem(
          atPath: folder.path("pets/\(label)"), toPath: folder.path("two/\(label)"))
      }
      let joined = try await model("one", "two")
      let again = try await Mpirun.start(
        2, ["train", "one", "two", "--epochs", "1", "--batch-size", "8", "--workers", "1", "-o", "again"],
        in: folder
      ).finish()
      #expect(again.status == 0, "\(again.story)")
      #expect(try RunFiles(folder, "again").bytes("weights/last.safetensors") == joined)
    }

    private func contents(_ name: String) throws -> Data {
      try Data(contentsOf: URL(fileURLWithPath: folder.path(name)))
    }
  }
}
