import Foundation
import TestSupport
import Testing

extension ToolTests {
  @Suite struct Terminals {
    private let folder: TemporaryFolder
    private let digits = Fixtures.samples + "/digits"

    init() throws { folder = try TemporaryFolder() }

    @Test("At a pipe there are no control codes")
    func pipe() async throws {
      let run = try await whisker("train", digits, "--epochs", "2", in: folder)
      #expect(!(run.output + run.errors).unicodeScalars.contains { $0.value < 32 && $0 != "\n" })
    }

    @Test("--verbose 0 says nothing, at a terminal too")
    func silent() async throws {
      for columns in [nil, UInt16(80)] {
        let arguments = ["train", digits, "--epochs", "1", "--verbose", "0"]
        let run = try await ToolRun(arguments, in: folder, columns: columns).finish()
        #expect(run.status == 0)
        #expect(run.output.isEmpty && run.errors.isEmpty, "\(run.story)")
      }
    }

    @Test("--verbose 1 draws a bar at a pipe as well, and --verbose 2 none at a terminal")
    func forced() async throws {
      let bar = try await whisker("train", digits, "--epochs", "1", "--verbose", "1", in: folder)
      #expect(bar.output.contains("\r") && bar.output.contains("=]"))
      let lines = try await whisker(
        "train", digits, "--epochs", "1", "--verbose", "2", in: folder, columns: 80)
      #expect(!lines.output.contains("\u{1B}") && !lines.output.contains("=]"))
    }

    @Test(
      "At a terminal a bar is drawn that fits it, and gives way to the epoch's line",
      arguments: [80, 40, 20, 1])
    func bar(columns: UInt16) async throws {
      let run = try await whisker("train", digits, "--epochs", "3", in: folder, columns: columns)
      #expect(run.status == 0, "\(run.story)")
      let bars = run.output.split(separator: "\n").flatMap { drawn(String($0)) }
      #expect(!bars.isEmpty || columns < 20)
      // Narrower than that, the number of the epoch alone does not fit, and is told all the same.
      #expect(bars.allSatisfy { $0.count < columns } || columns < 20, "\(bars)")
      for epoch in 1...3 {
        let last = screenLines(run.output).filter { $0.hasPrefix("Epoch \(epoch)/3 ") }
        #expect(last.count == 1 && last[0].contains("val_accuracy"), "\(last)")
        #expect(last.allSatisfy { $0.count <= 80 } || columns != 80, "the line of an epoch does not wrap")
      }
    }

    @Test("The bar shows the progress, metrics and speed of the epoch")
    func barTellsTheState() async throws {
      let run = try await whisker("train", digits, "--epochs", "1", in: folder, columns: 200)
      let bars = run.output.split(separator: "\n").flatMap { drawn(String($0)) }
      let bar = try #require(bars.last { !$0.contains("validating") })
      let pattern =
        #/Epoch 1/1 \[=+\] 16/16 ETA .* \(run .*\) loss \d\.\d{4} accuracy \d\.\d{4} [\d,]+ images/s waiting \d+ %/#
      #expect(bar.wholeMatch(of: pattern) != nil, "\(bar)")
    }

    @Test("The bar says that it validates, and what is left of the run")
    func barValidates() async throws {
      let run = try await whisker("train", digits, "--epochs", "2", in: folder, columns: 200)
      #expect(run.output.contains(#/Epoch 1\/2 \[=+\] validating [\d,]+ pictures/#), "\(run.story)")
      #expect(run.output.contains(#/Epoch 2\/2 \[[=.]+\] \d+\/16 ETA .* \(run /#), "\(run.story)")
    }

    @Test("A dumb terminal gets lines")
    func dumbTerminal() async throws {
      let run = try await ToolRun(
        ["train", digits, "--epochs", "1"], in: folder, columns: 80, environment: ["TERM": "dumb"]
      ).finish()
      #expect(!run.output.contains("\u{1B}"))
    }

    /// A terminal that has everything.
    private static let rich = ["NO_COLOR": "", "LC_ALL": "C.UTF-8"]

    @Test("No line is wider than the terminal, nor cut in the midst of a word", arguments: [80, 60])
    func nothingWraps(columns: UInt16) async throws {
      let classes = ["aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "猫と犬"]
      try SmallSets.makeFolder("animals and vehicles", classes: classes, each: 6, in: folder)
      let train = [
        "train", "animals and vehicles", "--epochs", "3", "--schedule", "cosine", "--patience", "9",
      ]
      let commands = [
        train + ["--average-weights", "--class-weights", "balanced"],
        ["evaluate", "runs/train1", "animals and vehicles"],
        [
          "predict", "runs/train1", "animals and vehicles", "--top-k", "4",
          "nothing/here/that/is/a/picture.png",
        ],
        ["inspect", "runs/train1"], ["inspect", "animals and vehicles"], ["verify", "animals and vehicles"],
        ["preprocess", "animals and vehicles", "-o", "cache.safetensors"],
      ]
      for command in commands {
        let run = try await ToolRun(command, in: folder, columns: columns, environment: Self.rich).finish()
        #expect([0, command[0] == "predict" ? 1 : 0].contains(run.status), "\(run.story)")
        let lines = screenLines(run.output).map(plain)
        #expect(!lines.joined().contains("\u{1B}"))
        for line in lines { #expect(width(line) <= columns, "\(line)") }
        #expect(lines.contains { width($0) > 30 }, "the terminal is made use of")
      }
    }

    @Test("Colours go to a terminal that wants them, and to nothing else")
    func colors() async throws {
      func output(_ environment: [String: String], columns: UInt16? = 80) async throws -> String {
        let arguments = ["train", digits, "--epochs", "1", "-o", "run", "--overwrite"]
        return try await ToolRun(arguments, in: folder, columns: columns, environment: environment).finish()
          .output
      }
      let green = "\u{1B}[32m"
      #expect(try await output(Self.rich).contains(green))
      #expect(try await !output(Self.rich.merging(["NO_COLOR": "1"]) { $1 }).contains(green))
      #expect(try await !output(Self.rich.merging(["TERM": "dumb"]) { $1 }).contains("\u{1B}"))
      #expect(try await !output(Self.rich, columns: nil).contains("\u{1B}"))
    }

    @Test("Bars and sparklines are Unicode where the locale is, and ASCII elsewhere")
    func unicode() async throws {
      for (locale, isUnicode) in [
        ("C.UTF-8", true), ("de_DE.utf8", true), ("C", false), ("en_US.ISO-8859-1", false),
      ] {
        let run = try await ToolRun(
          ["train", digits, "--epochs", "4", "-o", "run", "--overwrite"], in: folder, columns: 80,
          environment: ["LC_ALL": locale]
        ).finish()
        #expect(run.output.utf8.allSatisfy { $0 < 0x80 } != isUnicode, "\(locale)")
        let accuracies = screenLines(run.output).filter { $0.hasPrefix("Epoch ") }.compactMap {
          figure("val_accuracy", in: $0)
        }
        let plot = try #require(
          screenLines(run.output).first { $0.contains(" validation ") && $0.contains(" to ") })
        let bars = plot.split(separator: " ")[0]
        #expect(bars.count == 4 && plot.hasSuffix("\(accuracies[0]) to \(accuracies[3])"), "\(plot)")
        #expect(bars.allSatisfy { (isUnicode ? "▁▂▃▄▅▆▇█" : "_.-=+*#@").contains($0) }, "\(plot)")
      }
    }

    @Test("A standard output that takes nothing does not end a training")
    func fullOutput() async throws {
      let shell = Process()
      shell.executableURL = URL(fileURLWithPath: "/bin/sh")
      shell.arguments = ["-c", "\"$0\" train \"$1\" --epochs 1 2>&1 >/dev/full", ToolRun.tool.path, digits]
      shell.currentDirectoryURL = URL(fileURLWithPath: folder.path)
      try shell.run()
      shell.waitUntilExit()
      #expect(shell.terminationStatus == 0)
      #expect(FileManager.default.fileExists(atPath: RunFiles(folder).best))
    }

    /// The bars that a line's bytes draw, without their control codes.
    private func drawn(_ line: String) -> [String] {
      line.components(separatedBy: "\r\u{1B}[K").filter { $0.contains("Epoch") && !$0.contains("val_") }
        .map { $0.replacingOccurrences(of: "\r", with: "") }
    }

    /// A line without the codes of its colours.
    private func plain(_ line: String) -> String { line.replacing(#/\u{1B}\[[0-9]*m/#, with: "") }

    /// The columns of a line: two for each of the East Asian characters of these tests.
    private func width(_ line: String) -> Int {
      line.unicodeScalars.reduce(0) { $0 + (0x3000...0x9FFF ~= $1.value ? 2 : 1) }
    }

    /// What is left on the screen in each line.
    private func screenLines(_ output: String) -> [String] {
      output.replacingOccurrences(of: "\r\n", with: "\n").components(separatedBy: "\n")
        .map { $0.components(separatedBy: "\r\u{1B}[K").last ?? "" }
    }
  }
}
