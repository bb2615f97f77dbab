import Foundation
import TestSupport
import Testing

extension ToolTests {
  /// What the files that a command is asked to make may replace.
  @Suite struct OutputFiles {
    private let folder: TemporaryFolder
    private static let kept = Array("somebody's own".utf8)

    init() async throws {
      folder = try TemporaryFolder()
      try SmallSets.makeFolder("pets", classes: ["cat", "dog"], each: 4, in: folder)
      let run = try await ToolRun(
        ["train", "pets", "--epochs", "1", "-o", "run"] + SmallSets.makeNetwork(in: folder), in: folder
      ).finish()
      #expect(run.status == 0, "\(run.story)")
    }

    /// A command for every option that names a file to write; the file's name comes last.
    private var commands: [[String]] {
      [
        ["evaluate", "run", "pets", "-o"], ["evaluate", "run", "pets", "--report"],
        ["export", "run", "--format", "onnx", "-o"],
        [
          "import", "run/weights/best.safetensors", "--class-names", "cat,dog", "--network", "small.json",
          "-o",
        ],
        ["preprocess", "pets", "-o"],
      ]
    }

    private func bytes(_ name: String) throws -> [UInt8] {
      [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder.path(name))))
    }

    private func link(_ name: String, to target: String) throws {
      try FileManager.default.createSymbolicLink(atPath: folder.path(name), withDestinationPath: target)
    }

    private func isLink(_ name: String) -> Bool {
      (try? FileManager.default.destinationOfSymbolicLink(atPath: folder.path(name))) != nil
    }

    /// Runs a command in a shell, with its output redirected there.
    private func shell(_ script: String, _ arguments: [String]) async throws -> ToolRun.Result {
      try await ToolRun(
        ["-c", script, ToolRun.tool.path] + arguments, in: folder, program: URL(fileURLWithPath: "/bin/sh")
      ).finish()
    }

    @Test("No command replaces a file that is there, but with --overwrite")
    func filesAreKept() async throws {
      for command in commands {
        let name = "own.safetensors"
        try folder.write(Self.kept, to: name)
        let refused = try await ToolRun(command + [name], in: folder).finish()
        #expect(refused.status == 1, "\(command) \(refused.story)")
        #expect(refused.errors.contains("\(name): ") && refused.errors.contains("--overwrite"))
        #expect(try bytes(name) == Self.kept)
        let replaced = try await ToolRun(command + [name, "--overwrite"], in: folder).finish()
        #expect(replaced.status == 0, "\(command) \(replaced.story)")
        #expect(try bytes(name) != Self.kept)
      }
    }

    @Test("evaluate and embed replace neither their data nor their model, and no picture that a list names")
    func dataIsKept() async throws {
      let rows = ["cat", "dog"].flatMap { name in (0..<4).map { "pets/\(name)/\($0).png,\(name)\n" } }
      try folder.write(Array(("path,label\n" + rows.joined()).utf8), to: "list.csv")
      try await whisker("preprocess", "pets", "-o", "cache.safetensors", in: folder)
      let files = ["pets/cat/1.png", "list.csv", "cache.safetensors", "run/weights/best.safetensors"]
      let before = try files.map(bytes)
      for (data, place, problem) in [
        ("pets", "pets/cat/1.png", "part of the dataset pets"),
        ("pets", "pets/own.csv", "part of the dataset pets"),
        ("list.csv", "pets/cat/1.png", "is a PNG image"),
        ("list.csv", "list.csv", "is read by this command"),
        ("cache.safetensors", "./cache.safetensors", "is read by this command"),
        ("pets", "run/weights/best.safetensors", "is read by this command"),
      ] {
        for option in ["-o", "--report"] {
          let run = try await whisker("evaluate", "run", data, option, place, "--overwrite", in: folder)
          #expect(run.status == 1 && run.errors.contains(problem), "\(run.story)")
        }
      }
      let embedded = try await whisker(
        "embed", "run", "pets", "-o", "run/weights/best.safetensors", "--overwrite", in: folder)
      #expect(
        embedded.status == 1 && embedded.errors.contains("is read by this command"), "\(embedded.story)")
      #expect(try files.map(bytes) == before)
      #expect(!FileManager.default.fileExists(atPath: folder.path("pets/own.csv")))
    }

    @Test("No command replaces a symbolic link, or writes where it leads, even with --overwrite")
    func linksAreKept() async throws {
      try folder.write(Self.kept, to: "own")
      try link("link.safetensors", to: "own")
      try link("nowhere.safetensors", to: "missing")
      for command in commands {
        for name in ["link.safetensors", "nowhere.safetensors"] {
          let run = try await ToolRun(command + [name, "--overwrite"], in: folder).finish()
          #expect(run.status == 1 && run.errors.contains("\(name): "), "\(command) \(run.story)")
          #expect(isLink(name))
        }
      }
      #expect(try bytes("own") == Self.kept)
      #expect(!FileManager.default.fileExists(atPath: folder.path("missing")))
    }

    @Test("A FIFO and a link to a device are written to and stay; - and /dev/stdout are standard output")
    func streams() async throws {
      #expect(mkfifo(folder.path("fifo"), 0o600) == 0)
      try link("null", to: "/dev/null")
      for (number, command) in commands.dropLast().enumerated() {
        _ = try await ToolRun(command + ["file\(number).safetensors"], in: folder).finish()
        let whole = try bytes("file\(number).safetensors")
        for (name, script) in [
          ("-", #""$0" "$@" > out"#), ("/dev/stdout", #""$0" "$@" > out"#),
          ("-", #""$0" "$@" | cat > out"#),
          ("fifo", #"cat fifo > out & "$0" "$@"; status=$?; wait; exit $status"#),
        ] {
          let run = try await shell(script, command + [name])
          #expect(run.status == 0, "\(command) \(name) \(run.story)")
          // A report names the command that made it.
          let isSame = try command.last == "--report" ? bytes("out").count > 1000 : bytes("out") == whole
          #expect(isSame, "\(command) \(name)")
        }
        let run = try await ToolRun(command + ["null"], in: folder).finish()
        #expect(run.status == 0 && isLink("null"), "\(command) \(run.story)")
      }
      var status = stat()
      #expect(lstat(folder.path("fifo"), &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
    }

    @Test("Standard output that is a file is written on from where it is")
    func sharedOutput() async throws {
      let run = try await shell(
        #"{ echo before; "$0" "$@"; echo after; } > out"#,
        ["evaluate", "run", "pets", "--split", "all", "-o", "-"])
      let lines = String(decoding: try bytes("out"), as: UTF8.self).split(separator: "\n")
      #expect(lines.first == "before" && lines.dropFirst().first?.hasPrefix("path,") == true, "\(lines)")
      #expect(lines.last == "after" && lines.count == 11, "\(lines)")
      #expect(run.errors.contains("accuracy"), "\(run.story)")
    }

    @Test(
      "A cache is a file: a FIFO or a device in its place is refused and stays, and so is a file named twice")
    func refused() async throws {
      #expect(mkfifo(folder.path("c.safetensors"), 0o600) == 0)
      for options in [["-o", "c.safetensors"], ["-o", "c.safetensors", "--overwrite"]] {
        let run = try await ToolRun(["preprocess", "pets"] + options, in: folder).finish(within: 20)
        #expect(run.status == 1 && run.errors.contains("c.safetensors: "), "\(run.story)")
      }
      let twice = try await whisker("evaluate", "run", "pets", "-o", "x", "--report", "x", in: folder)
      #expect(twice.status == 2 && twice.errors.contains("same file"), "\(twice.story)")
    }
  }
}
