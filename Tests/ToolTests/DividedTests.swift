import Foundation
import TestSupport
import Testing

extension ToolTests {
  @Suite(Mpirun.condition, .alone)
  struct Divided {
    private let folder: TemporaryFolder
    private let pets = Fixtures.samples + "/cats-dogs"
    /// 320 pictures in batches of 50, which no number of processes divides evenly.
    private let options = ["--epochs", "2", "--batch-size", "50"]

    init() throws { folder = try TemporaryFolder() }

    @Test("One process under mpirun trains the model of a build without MPI, byte for byte")
    func one() async throws {
      try await finish(ToolRun(["train", pets, "-o", "alone"] + options, in: folder))
      try await finish(Mpirun.start(1, ["train", pets, "-o", "one"] + options, in: folder))
      #expect(try weights("one") == weights("alone"))
    }

    @Test("Several processes make the same steps as one", arguments: [2, 3, 4])
    func several(count: Int) async throws {
      let ways = ["--augment", "flip,shift", "--schedule", "cosine", "--average-weights"]
      try await finish(ToolRun(["train", pets, "-o", "alone"] + options + ways, in: folder))
      for name in ["first", "second"] {
        try await finish(Mpirun.start(count, ["train", pets, "-o", name] + options + ways, in: folder))
      }
      #expect(try weights("first") == weights("second"))
      #expect(try rows("first").count == 3)
      try RunFiles(folder, "first").expectSameStart(as: RunFiles(folder, "alone"))
    }

    @Test("Gradients are clipped by the norm of all processes' sums")
    func clips() async throws {
      let ways = ["--label-smoothing", "0.1", "--clip-norm", "0.05", "--optimizer", "sgd"]
      try await finish(ToolRun(["train", pets, "-o", "alone"] + options + ways, in: folder))
      try await finish(Mpirun.start(2, ["train", pets, "-o", "two"] + options + ways, in: folder))
      try RunFiles(folder, "two").expectSameStart(as: RunFiles(folder, "alone"))
    }

    @Test("A batch may have fewer pictures than there are processes")
    func smallBatches() async throws {
      try SmallSets.makeFolder("few", classes: ["a", "b", "c"], each: 5, in: folder)
      // Twelve pictures: two batches of five, and one of two.
      let options = ["--epochs", "2", "--batch-size", "5"]
      try await finish(ToolRun(["train", "few", "-o", "alone"] + options, in: folder))
      try await finish(Mpirun.start(4, ["train", "few", "-o", "four"] + options, in: folder))
      try RunFiles(folder, "four").expectSameStart(as: RunFiles(folder, "alone"))
      #expect(try RunFiles(folder, "four").rows("results.csv")[2][7] == "6")
    }

    @Test("An error that one process meets ends all of them, and is reported once")
    func oneFails() async throws {
      try SmallSets.makeFolder("some", classes: ["cat", "dog"], each: 30, in: folder)
      try folder.write([], to: "some/dog/bad.png")
      let run = try await Mpirun.run(
        4, "train", "some", "--on-error", "fail", "--epochs", "100000", in: folder)
      #expect(run.status != 0)
      #expect(run.seconds < 10)
      #expect(run.errors.components(separatedBy: "bad.png").count == 2, "\(run.story)")
    }

    @Test(
      "What is wrong for all is told once", arguments: [["train", "nowhere"], ["train", "--epochs", "0"]])
    func allFail(arguments: [String]) async throws {
      let run = try await Mpirun.start(4, arguments, in: folder).finish()
      #expect(run.status != 0)
      let told = run.errors.split(separator: "\n").count {
        $0.hasPrefix("whisker: ")
      }
      #expect(told == 1, "\(run.story)")
    }

    @Test("A misuse is reported by the first process, and the others wait for the launcher to end them")
    func misuse() async throws {
      let misuse = ["train", "--epochs", "0"]
      let first = try await ToolRun(misuse, in: folder, environment: ["OMPI_COMM_WORLD_RANK": "0"]).finish()
      #expect(first.status == 2, "\(first.story)")
      #expect(first.errors.hasPrefix("whisker: ") && first.errors.contains("--epochs"), "\(first.story)")
      let second = try await ToolRun(misuse, in: folder, environment: ["OMPI_COMM_WORLD_RANK": "1"]).finish()
      #expect(second.status == 2 && second.errors.isEmpty, "\(second.story)")
      let help = try await ToolRun(["--help"], in: folder, environment: ["OMPI_COMM_WORLD_RANK": "1"])
        .finish()
      #expect(help.status == 0 && help.output.isEmpty, "\(help.story)")
    }

    @Test("A failure of another process than the first is reported by the first, with that process's number")
    func anotherFails() async throws {
      try SmallSets.makeFolder("some", classes: ["cat", "dog"], each: 30, in: folder)
      // Readable by the first process's options alone.
      let first = ["train", "some", "--epochs", "1", "-o", "run"]
      let other = [":", "-n", "1", ToolRun.tool.path, "train", "nowhere", "--epochs", "1", "-o", "run"]
      let run = try await Mpirun.start(1, first + other, in: folder).finish(within: 20)
      #expect(run.status != 0)
      #expect(run.errors.contains("whisker: process 1: nowhere"), "\(run.story)")
      #expect(run.errors.components(separatedBy: "nowhere").count == 2, "\(run.story)")
    }

    @Test("With mpirun --quiet an error is one line, and nothing of the launcher's")
    func quiet() async throws {
      // What the option sets.
      let run = try await Mpirun.start(
        3, ["train", "nowhere"], in: folder, environment: ["OMPI_MCA_orte_execute_quiet": "1"]
      ).finish()
      #expect(run.status == 1)
      // MPICH's launcher says this always.
      let lines = run.errors.split(separator: "\n").filter { !$0.hasPrefix("Abort(1)") }
      #expect(lines == ["whisker: nowhere: is neither a file nor a folder. Check the path"])
    }

    @Test("A process that dies takes the others along, and the run goes on as if nothing had been")
    func killed() async throws {
      try SmallSets.makeIDX("many", count: 6000, in: folder)
      let options = ["--batch-size", "100", "--checkpoint-every", "5"]
      let run = try Mpirun.start(
        3, ["train", "many", "-o", "killed", "--epochs", "500"] + options, in: folder)
      try await run.wait { $0.contains("Epoch   1/500 loss") }
      let victim = try #require(Mpirun.processes(of: run.identifier).last)
      kill(victim, SIGKILL)
      let start = ContinuousClock.now
      let result = try await run.finish(within: 20)
      #expect(result.status != 0)
      #expect(ContinuousClock.now - start < .seconds(8))
      // Whatever the dead process left half done is in no file.
      let done = try epochs(in: result) + 1
      try await finish(
        Mpirun.start(3, ["train", "--resume", "killed", "--epochs", "\(done)"], in: folder))
      try await finish(
        Mpirun.start(3, ["train", "many", "-o", "whole", "--epochs", "\(done)"] + options, in: folder))
      #expect(
        try RunFiles(folder, "killed").bytes("weights/last.safetensors")
          == RunFiles(folder, "whole").bytes("weights/last.safetensors"))
    }

    @Test("Ctrl-C keeps the state of all, which any number of processes takes up")
    func interrupted() async throws {
      try SmallSets.makeIDX("many", count: 6000, in: folder)
      let run = try Mpirun.start(3, ["train", "many", "-o", "run", "--epochs", "500"], in: folder)
      try await run.wait { $0.contains("Epoch   1/500 loss") }
      run.signal(SIGINT)
      let result = try await run.finish(within: 8)
      #expect(result.status != 0)
      #expect(result.output.components(separatedBy: "by a signal").count == 2, "\(result.story)")
      let done = try epochs(in: result)
      for (turn, count) in [2, 4].enumerated() {
        try await finish(
          Mpirun.start(count, ["train", "--resume", "run", "--epochs", "\(done + 1 + turn)"], in: folder))
      }
      try await finish(ToolRun(["train", "--resume", "run", "--epochs", "\(done + 3)"], in: folder))
      let losses = try rows("run").dropFirst().map { Double($0[1]) ?? .nan }
      #expect(losses.count == done + 3)
      #expect(losses.last ?? .nan < losses.first ?? .nan)
    }

    private func epochs(in result: ToolRun.Result) throws -> Int {
      try #require(result.epochs.count > 0, "\(result.story)")
      return result.epochs.count
    }

    @Test(
      "Threads and processes together use the cores once; who goes on alone has all of them")
    func threads() async throws {
      let run = try await Mpirun.run(4, "train", pets, "--epochs", "1", "-o", "run", in: folder)
      let cores = ProcessInfo.processInfo.activeProcessorCount
      let threads = max(1, cores / 4)
      let words = "\(threads) \(threads == 1 ? "thread" : "threads") in each of 4 processes"
      #expect(run.output.contains(words), "\(run.story)")
      let alone = try await whisker("train", "--resume", "run", "--epochs", "2", in: folder)
      #expect(alone.output.contains("kernels, \(cores) \(cores == 1 ? "thread" : "threads")\n"))
    }

    @Test("Without the MPI library several processes refuse to do everything several times")
    func withoutMPI() async throws {
      let run = try await Mpirun.start(3, ["train", pets], in: folder, environment: ["WHISKER_MPI": ""])
        .finish()
      #expect(run.status != 0)
      #expect(run.errors.components(separatedBy: "scripts/build-mpi").count == 2, "\(run.story)")
      #expect(!FileManager.default.fileExists(atPath: folder.path("runs")))
    }

    @Test("A library that is not ours is an error that names it")
    func otherLibrary() async throws {
      try folder.write(Array("no library".utf8), to: "other.so")
      let environment = ["WHISKER_MPI": folder.path("other.so"), "OMPI_COMM_WORLD_RANK": "0"]
      let run = try await ToolRun(["train", pets], in: folder, environment: environment).finish()
      #expect(run.status == 1)
      #expect(run.errors.contains("MPI cannot be used") && run.errors.contains("other.so"), "\(run.story)")
    }

    private func finish(_ run: ToolRun) async throws {
      let result = try await run.finish()
      try #require(result.status == 0, "\(result.story)")
    }

    private func weights(_ name: String) throws -> [Data] {
      let files = RunFiles(folder, name)
      return [try files.bytes("weights/best.safetensors"), try files.bytes("weights/last.safetensors")]
    }

    private func rows(_ name: String) throws -> [[String]] { try RunFiles(folder, name).rows("results.csv") }
  }
}
