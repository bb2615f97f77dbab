import Foundation
import TestSupport
import Testing

extension ToolTests {
  /// Text from arguments and files that must not command a terminal.
  @Suite struct EscapedOutput {
    private let folder: TemporaryFolder
    private static let red = "\u{1B}[31m"

    init() throws {
      folder = try TemporaryFolder()
      try SmallSets.makeFolder("pets", classes: ["cat", "dog"], each: 5, in: folder)
    }

    private func expectEscaped(_ run: ToolRun.Result) {
      #expect(!(run.output + run.errors).contains("\u{1B}"), "\(run.story.debugDescription)")
      #expect((run.output + run.errors).contains(#"x\x1b[31m"#), "\(run.story)")
    }

    @Test("Control characters in arguments are printed as escapes, in errors of every command")
    func arguments() async throws {
      let name = "x" + Self.red
      for command in [
        ["train", name], ["train", "--resume", name],
        ["train", "pets", "--network", name], ["train", "pets", "--color-mode", name],
        ["sweep", name, "--dropout", "0.1"],
        ["sweep", "--resume", name], ["evaluate", name, "pets"], ["predict", name, "a"],
        ["preprocess", name, "-o", "a.safetensors"], ["verify", name], ["inspect", name], ["watch", name],
        ["serve", name], ["explain", name, "a", "-o", "b"], ["export", name, "-o", "a.onnx"], [name],
        ["train", "pets", "--\(name)"],
        ["import", name, "-o", "a.safetensors", "--class-names", "a,b"],
      ] {
        let run = try await ToolRun(command, in: folder).finish()
        #expect(run.status != 0)
        expectEscaped(run)
      }
    }

    @Test("Control characters in the folder of a run are printed as escapes, at a terminal too")
    func runs() async throws {
      let run = "x" + Self.red
      let options = try SmallSets.makeNetwork(in: folder)
      let train = ["train", "pets", "--epochs", "1", "-o", run, "--overwrite"] + options
      expectEscaped(try await ToolRun(train, in: folder).finish())
      let shown = try await ToolRun(train, in: folder, columns: 60).finish()
      #expect(shown.status == 0 && !shown.output.contains(Self.red), "\(shown.story.debugDescription)")
      for command in [
        ["evaluate", run, "pets"], ["evaluate", run, "pets", "--format", "json"], ["inspect", run],
        ["export", run, "-o", "\(run).onnx"], ["train", "--resume", run],
      ] {
        let result = try await ToolRun(command, in: folder).finish()
        guard command.last == "json" else {
          expectEscaped(result)
          continue
        }
        #expect((try jsonObject(result.output)["model"] as? String)?.hasPrefix(run) == true)
      }
    }

    @Test("Control characters in the record of a run are printed as escapes")
    func records() async throws {
      let options = try SmallSets.makeNetwork(in: folder)
      _ = try await ToolRun(["train", "pets", "--epochs", "1", "-o", "run"] + options, in: folder).finish()
      let url = URL(fileURLWithPath: folder.path("run/args.json"))
      let text = String(decoding: try Data(contentsOf: url), as: UTF8.self)
      let edited = text.replacing(#""path" : "pets""#, with: #""path" : "x\u001b[31m\u009b31m""#)
      #expect(edited != text)
      try Data(edited.utf8).write(to: url)
      let run = try await whisker("train", "--resume", "run", "--epochs", "2", in: folder)
      expectEscaped(run)
      #expect(!run.errors.contains("\u{9B}"))
    }
  }

  /// A process that is started without standard input, output or error.
  @Suite struct ClosedDescriptors {
    @Test("What is printed ends up in no file of a run", arguments: ["<&- >&-", ">&- 2>&-", "<&- >&- 2>&-"])
    func train(closed: String) async throws {
      let folder = try TemporaryFolder()
      try SmallSets.makeFolder("pets", classes: ["cat", "dog"], each: 5, in: folder)
      let options = try SmallSets.makeNetwork(in: folder)
      let run = try await ToolRun(
        [
          "-c", "exec \"$0\" \"$@\" \(closed)", ToolRun.tool.path, "train", "pets", "--epochs", "2", "-o",
          "run",
        ]
          + options, in: folder, program: URL(fileURLWithPath: "/bin/sh")
      ).finish()
      #expect(run.status == 0, "\(run.story)")
      for file in RunFiles(folder, "run").files where !file.hasSuffix("weights") {
        let bytes = try RunFiles(folder, "run").bytes(file)
        #expect(
          bytes.range(of: Data("Epoch 1/2".utf8)) == nil && bytes.range(of: Data("Epoch   1/2".utf8)) == nil)
      }
      let events = try RunFiles(folder, "run").bytes("events.out.tfevents.000001")
      #expect(
        events.prefix(8).dropFirst().allSatisfy { $0 == 0 }, "the file begins with the length of a record")
      #expect(events.range(of: Data("Whisker ".utf8)) == nil)
    }

    @Test("Standard output that is closed is an error where it is the result")
    func evaluate() async throws {
      let folder = try TemporaryFolder()
      try SmallSets.makeFolder("pets", classes: ["cat", "dog"], each: 5, in: folder)
      let run = try await ToolRun(
        ["-c", "exec \"$0\" inspect pets >&-", ToolRun.tool.path], in: folder,
        program: URL(fileURLWithPath: "/bin/sh")
      ).finish()
      #expect(run.status == 1 && run.errors.contains("standard output"), "\(run.story)")
    }
  }
}
