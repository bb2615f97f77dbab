import Foundation
import TestSupport
import Testing

extension ToolTests {
  @Suite struct Preprocess {
    private let folder: TemporaryFolder
    private let pets = Fixtures.samples + "/cats-dogs"

    init() throws { folder = try TemporaryFolder() }

    private func run(_ arguments: String...) async throws -> ToolRun.Result {
      let result = try await ToolRun(arguments, in: folder).finish()
      #expect(result.status == 0, "\(result.story)")
      return result
    }

    private func weights(_ data: String, _ options: [String] = []) async throws -> [Data] {
      let name = "run\(folder.contents().count)"
      let run = try await ToolRun(
        ["train", data, "--epochs", "2", "--batch-size", "48", "-o", name] + options, in: folder
      ).finish()
      #expect(run.status == 0, "\(run.story)")
      let files = RunFiles(folder, name)
      return try ["weights/best.safetensors", "weights/last.safetensors", "split.csv"].map {
        try files.bytes($0)
      }
    }

    @Test("Training from a cache, its shards or the folder gives the same bytes")
    func sameBytes() async throws {
      try SmallSets.makeFolder("data", classes: ["a", "b", "c"], each: 40, in: folder)
      for name in ["a/7.png", "c/0.png"] { try folder.write(Array("text".utf8), to: "data/\(name)") }
      for name in ["a/9.png", "b/0.png"] { try folder.write([], to: "data/\(name)") }
      // Copies stay on one side of the split, whether they can be read or not.
      for name in ["a/copy.png", "b/copy.png"] {
        try folder.write(SmallSets.picture(20, 3), to: "data/\(name)")
      }
      _ = try await run("preprocess", "data", "-o", "cache.safetensors")
      _ = try await run("preprocess", "data", "-o", "shards/x.safetensors", "--shards", "5")
      let expected = try await weights("data")
      #expect(try await weights("cache.safetensors") == expected)
      #expect(try await weights("cache.safetensors", ["--workers", "0", "--threads", "1"]) == expected)
      #expect(try await weights("shards") == expected)
      #expect(try await weights("shards/*.safetensors", ["--workers", "3"]) == expected)
      #expect(try await weights("data", ["--cache", "made.safetensors"]) == expected)
    }

    @Test("A cache holds the same bytes whatever the CPU can do at once", arguments: ["grayscale", "rgb"])
    func sameBytesOnEveryCPU(colors: String) async throws {
      let options = ["preprocess", pets, "--color-mode", colors, "--image-size", "37", "-o"]
      // What this CPU cannot run is as if it had not been asked for.
      var caches: [Data] = []
      for kernels in ["avx512", "avx2", "neon", "portable"] {
        let run = try await ToolRun(
          options + ["\(kernels).safetensors"], in: folder, environment: ["WHISKER_KERNELS": kernels]
        ).finish()
        #expect(run.status == 0, "\(run.story)")
        caches.append(try Data(contentsOf: URL(fileURLWithPath: folder.path("\(kernels).safetensors"))))
      }
      #expect(caches.allSatisfy { $0 == caches[0] })
    }

    @Test("A divided folder is one cache, and evaluate, predict, verify and inspect take it")
    func takenEverywhere() async throws {
      let made = try await run("preprocess", pets, "-o", "pets.safetensors")
      #expect(made.output.contains("Wrote     pets.safetensors: 500 rows"), "\(made.story)")
      #expect(try await weights("pets.safetensors") == weights(pets))
      let model = try #require(folder.contents().first { $0.hasPrefix("run") })
      for options in [[], ["--split", "train"], ["--split", "val"]] {
        let one = try await ToolRun(["evaluate", model, pets] + options, in: folder).finish()
        let other = try await ToolRun(["evaluate", model, "pets.safetensors"] + options, in: folder).finish()
        let figures = { (result: ToolRun.Result) in
          result.lines.filter { $0.hasPrefix("loss") || $0.hasPrefix("accuracy") }
        }
        #expect(figures(one).count == 2 && figures(one) == figures(other), "\(one.story)\n\(other.story)")
      }
      let predicted = try await run("predict", model, "pets.safetensors", "--format", "csv")
      let direct = try await run("predict", model, pets + "/test", "--format", "csv")
      let values = { (line: String) in line.split(separator: ",").dropFirst().joined(separator: ",") }
      #expect(
        predicted.lines.suffix(direct.lines.count - 1).map(values) == direct.lines.dropFirst().map(values))
      let inspected = try await run("inspect", "pets.safetensors")
      #expect(inspected.output.contains("tensor cache, 2 classes, 500 pictures"), "\(inspected.story)")
      #expect(inspected.output.contains("28x28 grayscale"))
      let verified = try await run("verify", "pets.safetensors")
      #expect(verified.output.contains("no problems"))
    }

    @Test("--cache makes the cache, uses it while it is fresh, makes it again when it is not, and says why")
    func freshness() async throws {
      try SmallSets.makeFolder("data", classes: ["a", "b"], in: folder)
      func train(_ options: String...) async throws -> ToolRun.Result {
        let arguments = ["train", "data", "--epochs", "1", "--cache", "c.safetensors"] + options
        let result = try await ToolRun(arguments, in: folder).finish()
        #expect(result.status == 0, "\(result.story)")
        return result
      }
      #expect(try await train().output.contains("Building  c.safetensors: it does not exist yet"))
      #expect(try await train().output.contains("Fresh     c.safetensors"))
      try folder.write(SmallSets.picture(99, 99), to: "data/a/more.png")
      let told = try await train()
      #expect(
        told.output.contains("Building  c.safetensors: it was made from 24 files, and there are 25 now"))
      #expect(told.output.contains("tensor cache, 2 classes, 25 pictures"), "\(told.story)")
      #expect(try await train("--image-size", "20").output.contains("it holds pictures of 28x28"))
      let arguments = try RunFiles(folder).json("args.json")["configuration"] as? [String: Any]
      #expect((arguments?["data"] as? [String: Any])?["cache"] as? String == "c.safetensors")
    }

    @Test("A cache of other options says what it holds")
    func otherOptions() async throws {
      try SmallSets.makeFolder("data", classes: ["a", "b"], in: folder)
      _ = try await run(
        "preprocess", "data", "-o", "c.safetensors", "--image-size", "20", "--color-mode", "rgb")
      // Nothing is said: what the cache holds is taken.
      let trained = try await run("train", "c.safetensors", "--epochs", "1", "-o", "run")
      #expect(trained.output.contains("20x20 rgb"), "\(trained.story)")
      let wrong = try await whisker("train", "c.safetensors", "--image-size", "28", in: folder)
      #expect(wrong.status == 1 && wrong.errors.contains("holds pictures of 20x20 rgb"), "\(wrong.story)")
      _ = try await run("preprocess", "data", "-o", "d.safetensors")
      for command in ["evaluate", "predict"] {
        let other = try await whisker(command, "run", "d.safetensors", in: folder)
        #expect(
          other.status == 1 && other.errors.contains("d.safetensors: holds pictures of 28x28"),
          "\(other.story)")
      }
    }

    @Test("An interrupted sharded run goes on where it stopped")
    func shardsGoOn() async throws {
      try SmallSets.makeIDX("many", count: 20_000, in: folder)
      let first = try ToolRun(["preprocess", "many", "-o", "s/x.safetensors", "--shards", "400"], in: folder)
      try await first.wait { $0.contains("Wrote") }
      first.signal(SIGINT)
      #expect(try await first.finish(within: 5).status == 130)
      let made = folder.contents().filter { $0.hasSuffix("-of-00400.safetensors") }.count
      #expect(made > 0 && made < 400)
      let rest = try await run("preprocess", "many", "-o", "s/x.safetensors", "--shards", "400")
      #expect(rest.lines.count { $0.hasPrefix("Fresh") } == made)
      #expect(rest.lines.count { $0.hasPrefix("Wrote") } == 400 - made)
      #expect(rest.output.contains("Next      whisker train 's/x-*-of-00400.safetensors'"))
      let inspected = try await run("inspect", "s/x-*-of-00400.safetensors")
      #expect(
        inspected.output.contains("20,000 pictures") && inspected.output.contains("400 files"),
        "\(inspected.story)")
    }

    @Test(
      "Killed at any moment, nothing is left that is no cache, and nothing keeps the next run from working")
    func killed() async throws {
      try SmallSets.makeIDX("many", count: 60_000, in: folder)
      let before = folder.contents()
      for milliseconds in [20, 60, 90, 120, 150, 200] {
        let run = try ToolRun(["preprocess", "many", "-o", "c.safetensors", "--overwrite"], in: folder)
        try await Task.sleep(for: .milliseconds(milliseconds))
        run.signal(SIGKILL)
        _ = try await run.finish()
        let left = Set(folder.contents()).subtracting(before)
        #expect(left.isEmpty || left == ["c.safetensors"], "\(left)")
        if !left.isEmpty { _ = try await self.run("verify", "c.safetensors") }
      }
      _ = try await run("preprocess", "many", "-o", "c.safetensors")
    }

    @Test("Two runs at once both end well, and one whole cache is there")
    func twoAtOnce() async throws {
      try SmallSets.makeIDX("many", count: 20_000, in: folder)
      let runs = try (0..<2).map { _ in
        try ToolRun(["preprocess", "many", "-o", "c.safetensors"], in: folder)
      }
      for run in runs { #expect(try await run.finish().status == 0) }
      _ = try await run("verify", "c.safetensors", "--format", "json")
      #expect(folder.contents().filter { !$0.hasPrefix("many") } == ["c.safetensors"])
    }

    @Test("A cache that is cut short while it is in use ends the run with a message")
    func cutShort() async throws {
      try SmallSets.makeIDX("many", count: 30_000, in: folder)
      _ = try await run("preprocess", "many", "-o", "c.safetensors")
      let training = try ToolRun(["train", "c.safetensors", "--epochs", "100"], in: folder)
      try await training.wait { $0.contains("Epoch   1/100") }
      #expect(truncate(folder.path("c.safetensors"), 100_000) == 0)
      let result = try await training.finish(within: 10)
      #expect(result.status == 1 && result.errors.contains("truncated"), "\(result.story)")
    }

    @Test("What verify finds in a cache goes to programs too, and fails")
    func damage() async throws {
      let made = try await run("preprocess", pets, "-o", "pets.safetensors")
      #expect(made.output.contains("Next      whisker train pets.safetensors"))
      let file = try #require(FileHandle(forUpdatingAtPath: folder.path("pets.safetensors")))
      try file.seek(toOffset: 100_000)
      try file.write(contentsOf: Data("damage".utf8))
      try file.close()
      let verified = try await whisker("verify", "pets.safetensors", "--format", "json", in: folder)
      #expect(verified.status == 1)
      let damage = try #require(try jsonObject(verified.output)["damage"] as? [String])
      #expect(damage.count == 1 && damage[0].contains("in its images (rows"), "\(damage)")
    }

    @Test("Wrong usage is reported")
    func usage() async throws {
      for (options, problem) in [
        (["-o", "cache"], "must end in .safetensors"),
        (["-o", "c.safetensors", "--shard", "4/3"], "--shard"),
        (["-o", "c.safetensors", "--shard", "0/3"], "--shard"), ([], "--output"),
        (["-o", "c.safetensors", "--shards", "0"], "--shards must be from 1"),
        (["-o", "c.safetensors", "--shards", "2", "--shard", "1/2"], "cannot be combined"),
      ] {
        let run = try await ToolRun(["preprocess", pets] + options, in: folder).finish()
        #expect(run.status == 2 && run.errors.contains(problem), "\(run.story)")
      }
    }

    @Test(
      "Python's safetensors package reads a cache",
      .enabled(if: Python.hasSafetensors, "there is no such package"))
    func python() async throws {
      try SmallSets.makeFolder("data", classes: ["a", "b"], each: 3, in: folder)
      _ = try await run("preprocess", "data", "-o", "c.safetensors")
      let output = try Python.run(
        """
        from safetensors.numpy import load_file
        t = load_file("\(folder.path("c.safetensors"))")
        paths = bytes(t["paths"]).decode().split("\\0")[:-1]
        print(t["images"].shape, t["images"].dtype, t["labels"].tolist(), paths, t["images"].mean(axis=(1, 2)).tolist())
        """)
      #expect(
        output.hasPrefix(
          "(6, 28, 28) uint8 [0, 0, 0, 1, 1, 1] ['a/0.png', 'a/1.png', 'a/2.png', 'b/0.png', 'b/1.png', 'b/2.png'] [29."
        ),
        "\(output)")
    }

    @Test(
      "A full disk is told, and nothing is left",
      .enabled(if: SmallDisk.canBeMade, "a file system can only be mounted by root"))
    func fullDisk() async throws {
      let disk = try SmallDisk(at: folder.path("disk"), kilobytes: 100)
      let result = try await whisker("preprocess", pets, "-o", "disk/c.safetensors", in: folder)
      #expect(result.status == 1 && result.errors.contains("No space left"), "\(result.story)")
      #expect(RunFiles(folder, "disk").files.isEmpty)
      disk.remove()
    }

    @Test(
      "Photos: the first epoch from a cache starts at once, preprocessing stays below 60 MB",
      .enabled(if: Fixtures.hasPhotos, "the photos are not beside the project"))
    func photos() async throws {
      let made = try await run("preprocess", Fixtures.photos, "-o", "photos.safetensors")
      #expect(made.output.contains("2,000 rows"))
      #expect((1..<60_000).contains(made.memory.resident), "\(made.memory)")
      var starts: [Double] = []
      for number in 0..<5 {
        let training = try ToolRun(
          ["train", "photos.safetensors", "--epochs", "1", "-o", "run\(number)"], in: folder, columns: 100)
        try await training.wait { $0.contains("Epoch 1/1 [") }
        starts.append(training.secondsSinceStart)
        _ = try await training.finish()
      }
      // Half of it on an idle machine, which scripts/bench measures; the rest is for one that is not.
      #expect(try #require(starts.min()) < 0.1, "\(starts)")
    }
  }
}
