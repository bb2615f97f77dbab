import Foundation
import TestSupport
import Testing

extension ToolTests {
  /// What a machine, a container or a user may not give: threads, memory, large files.
  @Suite struct MachineLimits {
    private let folder: TemporaryFolder

    init() throws {
      folder = try TemporaryFolder()
      try SmallSets.makeFolder("set", classes: ["a", "b"], each: 8, in: folder)
    }

    /// Runs the tool under limits of the shell's.
    private func limited(_ limits: String, _ arguments: [String]) async throws -> ToolRun.Result {
      try await ToolRun(
        ["-c", "\(limits); exec \"$0\" \"$@\"", ToolRun.tool.path] + arguments, in: folder,
        program: URL(fileURLWithPath: "/bin/sh")
      ).finish(within: 30)
    }

    // The limit on processes does not count for root.
    private static let canBeAnybody: Bool = {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/bin/sh")
      process.arguments = [
        "-c", "setpriv --reuid=65534 --clear-groups test -x \"$0\" 2>/dev/null", ToolRun.tool.path,
      ]
      guard (try? process.run()) != nil else { return false }
      process.waitUntilExit()
      return process.terminationStatus == 0
    }()

    @Test(
      "Where no thread can be had, the main thread does the work",
      .enabled(if: canBeAnybody, "only root can run the tool as somebody else"),
      arguments: [["verify", "set"], ["predict", "run", "set/a/0.png"], ["evaluate", "run", "set"]])
    func noThreads(command: [String]) async throws {
      #expect(chmod(folder.path, 0o755) == 0)
      try await whisker("train", "set", "--epochs", "1", "-o", "run", in: folder)
      let script = "ulimit -u 1; exec \"$0\" \"$@\""
      let run = try await ToolRun(
        ["--reuid=65534", "--clear-groups", "sh", "-c", script, ToolRun.tool.path] + command, in: folder,
        program: URL(fileURLWithPath: "/usr/bin/setpriv")
      ).finish(within: 30)
      #expect(run.status == 0, "\(run.story)")
    }

    @Test("A limit on the size of files is reported as a full disk is")
    func fileSize() async throws {
      let run = try await limited("ulimit -f 1000", ["train", "set", "--epochs", "1", "-o", "run"])
      #expect(run.status == 1, "\(run.story)")
      #expect(run.errors.contains("cannot be written: File too large"), "\(run.story)")
      #expect(!FileManager.default.fileExists(atPath: folder.path("run")))
    }

    @Test("A network that is too large for the memory is refused with both figures")
    func memory() async throws {
      let run = try await limited(
        "ulimit -v 500000", ["train", "set", "--image-size", "500", "--epochs", "1", "-o", "run"])
      #expect(run.status == 1, "\(run.story)")
      #expect(
        run.errors.contains(#/needs [0-9.,]+ (GB|MB) of memory, [0-9,.]+ (GB|MB) available/#), "\(run.story)")
    }

    @Test("However little address space there is, the tool works or reports one error")
    func addressSpace() async throws {
      try await whisker("train", "set", "--epochs", "1", "-o", "run", in: folder)
      let commands = [
        ["train", "set", "--epochs", "1", "-o", "new", "--overwrite"], ["predict", "run", "set/a/0.png"],
        ["evaluate", "run", "set"], ["preprocess", "set", "-o", "new.safetensors"],
      ]
      let least = try await leastAddressSpace()
      // With the last ones every command works.
      for megabytes in [0, 6, 10, 16, 24, 34, 48, 64] {
        for command in commands {
          let run = try await limited("ulimit -v \(least + megabytes << 10)", command)
          let isReported = run.status == 1 && isOneError(run.errors)
          #expect(run.status == 0 || isReported, "\(megabytes) MB: \(run.story)")
          if megabytes == 64 { #expect(run.status == 0, "\(run.story)") }
        }
      }
    }

    /// The kilobytes with which `whisker --version` works, to one megabyte. With fewer, the loader or the tool reports one error.
    private func leastAddressSpace() async throws -> Int {
      // It starts with none of the lower numbers of megabytes, and with all of the upper ones.
      var (low, high) = (23, 256)
      while high - low > 1 {
        let middle = (low + high) / 2
        let run = try await limited("ulimit -v \(middle << 10)", ["--version"])
        if run.status == 0 {
          high = middle
        } else {
          low = middle
          // 127: the loader's.
          let isReported = run.status == 127 || run.status == 1 && isOneError(run.errors)
          #expect(isReported, "\(middle) MB: \(run.story)")
        }
      }
      try #require(high < 256)
      return high << 10
    }

    private func isOneError(_ text: String) -> Bool {
      text.hasPrefix("whisker: ") && text.split(separator: "\n").count == 1
    }

    @Test("inspect takes time by the number of classes, not by its square")
    func manyClasses() async throws {
      try folder.write(SmallSets.picture(50, 1), to: "many/0/1.png")
      for number in 1..<30_000 { mkdir(folder.path("many/\(number)"), 0o777) }
      let run = try await whisker("inspect", "many", "--allow-empty-classes", in: folder)
      #expect(run.status == 0 && run.output.contains("30,000 classes"), "\(run.story.prefix(2000))")
    }
  }
}
