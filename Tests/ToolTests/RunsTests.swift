import Foundation
import TestSupport
import Testing

extension ToolTests {
  @Suite struct Runs {
    private let folder: TemporaryFolder

    init() async throws {
      folder = try TemporaryFolder()
      try SmallSets.makeFolder("two", classes: ["dark", "light"], in: folder)
      try await whisker("train", "two", "--epochs", "1", in: folder)
      try await whisker(
        "train", "two", "--epochs", "2", "--dropout", "0.1", "--network", "mnist-convnet", in: folder)
    }

    @Test("Runs and sweeps are listed with data, network, accuracy and time")
    func list() async throws {
      try await whisker("sweep", "two", "--dropout", "0.1", "--seeds", "2", "--epochs", "1", in: folder)
      let run = try await whisker("runs", in: folder)
      #expect(run.status == 0, "\(run.story)")
      let lines = run.lines.filter { !$0.isEmpty }
      #expect(lines.count == 4, "\(run.story)")
      let row = #/runs/train2 +two +mnist-convnet +\d +\d\.\d{4} +\d{4}-\d\d-\d\d \d\d:\d\d/#
      #expect(lines.contains { $0.wholeMatch(of: row) != nil }, "\(run.story)")
      #expect(lines.contains { $0.hasPrefix("sweeps/sweep1 ") })
      #expect(try await whisker("runs", "sweeps", in: folder).lines.count { $0.contains("sweep1") } == 1)
    }

    @Test("Two runs are compared by what differs, and by their results")
    func comparison() async throws {
      let run = try await whisker("runs", "runs/train1", "runs/train2", in: folder)
      #expect(run.status == 0, "\(run.story)")
      for line in [#/network +dropout-cnn +mnist-convnet/#, #/epochs +1 +2/#, #/dropout +0\.25,0\.5 +0\.1/#] {
        #expect(run.output.firstMatch(of: line) != nil, "\(run.story)")
      }
      #expect(run.output.contains("val_accuracy") && !run.output.contains("batch size"), "\(run.story)")
    }

    @Test("The groups of a list's column are compared as those of a pattern are, of runs and of sweeps")
    func groups() async throws {
      let rows = (0..<12).flatMap { number in
        ["dark", "light"].map { "two/\($0)/\(number).png,\($0),\(number / 2)" }
      }
      try folder.write(Array((["path,label,group"] + rows).joined(separator: "\n").utf8), to: "list.csv")
      try folder.write(
        Array((["path,label"] + rows.map { $0.replacing(#/,\d+$/#, with: "") }).joined(separator: "\n").utf8),
        to: "plain.csv")
      let options = ["--epochs", "1", "--seeds", "2", "-o"]
      try await whisker("train", "list.csv", "--epochs", "1", "-o", "grouped", in: folder)
      try await whisker("train", "plain.csv", "--epochs", "1", "-o", "plain", in: folder)
      for (list, name) in [("list.csv", "columns"), ("plain.csv", "none")] {
        _ = try await ToolRun(["train", list] + options + [name], in: folder).finish()
      }
      try await whisker(
        "train", "list.csv", "--epochs", "1", "-o", "pattern", "--group-by", #"/(\d)"#, in: folder)
      for (one, other, line) in [
        ("grouped", "plain", #/groups +the column group +none/#),
        ("pattern", "grouped", #/groups +\/\(\\d\) +the column group/#),
        ("columns", "none", #/groups +the column group +none/#),
      ] {
        let run = try await whisker("runs", one, other, in: folder)
        #expect(run.output.firstMatch(of: line) != nil, "\(run.story)")
      }
      #expect(try WebPage(folder, "columns/report.html").text.contains("the column group"))
      #expect(try !WebPage(folder, "none/report.html").text.contains("the column group"))
    }

    @Test("Where there is no run, that is said")
    func none() async throws {
      let run = try await whisker("runs", "two", in: folder)
      #expect(run.status == 1 && run.errors.contains("two: "), "\(run.story)")
    }

    @Test("Over ssh the command is printed that brings the page to the user's machine")
    func tunnel() async throws {
      let environment = ["SSH_CONNECTION": "10.1.2.3 50000 10.9.8.7 2222", "USER": "ann"]
      let run = try ToolRun(["watch", "runs/train1"], in: folder, environment: environment)
      try await run.wait { $0.contains("ssh -N -L") }
      run.signal(SIGINT)
      let result = try await run.finish()
      let line = #/ssh -N -L (\d+):127\.0\.0\.1:(\d+) -p 2222 ann@10\.9\.8\.7/#
      let match = try #require(result.output.firstMatch(of: line), "\(result.story)")
      #expect(match.1 == match.2 && result.output.contains("http://127.0.0.1:\(match.1)/"))
    }

    @Test("Ctrl-C prints the command that resumes, with the words quoted that need it")
    func resumeCommand() async throws {
      let command =
        ["train", "two", "--epochs", "100000", "-o", "my run"] + (try SmallSets.makeNetwork(in: folder))
      let run = try ToolRun(command, in: folder)
      try await run.wait { $0.contains("Epoch ") }
      run.signal(SIGINT)
      let result = try await run.finish(within: 10)
      #expect(result.status == 130)
      #expect(result.output.contains("Resume    whisker train --resume 'my run'"), "\(result.story)")
      #expect(!result.output.contains("predict my run"))
    }
  }
}
