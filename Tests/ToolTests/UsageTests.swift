import Foundation
import TestSupport
import Testing
import WhiskerNN
import WhiskerTraining

extension ToolTests {
  @Suite struct Usage {
    private let folder: TemporaryFolder
    private let digits = Fixtures.samples + "/digits"
    private let pets = Fixtures.samples + "/cats-dogs"

    init() throws { folder = try TemporaryFolder() }

    @Test(
      "Wrong usage exits with 2, names the option, and starts nothing",
      arguments: [
        (["--frobnicate"], "--frobnicate"), (["--network", "resnet"], "--network"),
        (["--epochs", "0"], "--epochs"), (["--epochs", "many"], "--epochs"),
        (["--batch-size", "0"], "--batch-size"), (["--learning-rate", "0"], "--learning-rate"),
        (["--learning-rate", "nan"], "--learning-rate"), (["--momentum", "0.9"], "--momentum"),
        (["--optimizer", "sgd", "--momentum", "1"], "--momentum"), (["--optimizer", "magic"], "--optimizer"),
        (["--dropout", "0.1,0.2,0.3"], "--dropout"), (["--dropout", "1.5"], "--dropout"),
        (["--dropout", "half"], "--dropout"), (["--dropout", "-0.1"], "--dropout"),
        (["--validation-split", "1"], "--validation-split"), (["--patience", "0"], "--patience"),
        (["--seed=-1"], "--seed"), (["--image-size", "0"], "--image-size"),
        (["--image-size", "28x"], "--image-size"), (["--image-size", "99999"], "--image-size"),
        (["--color-mode", "cmyk"], "--color-mode"), (["--background", "mauve"], "--background"),
        (["--workers=-1"], "--workers"), (["--threads", "0"], "--threads"),
        (["--prefetch", "0"], "--prefetch"),
        (["--cache-memory", "lots"], "--cache-memory"), (["--verbose", "3"], "--verbose"),
        (["--serve=http"], "--serve"), (["--serve=0"], "--serve"), (["--serve=70000"], "--serve"),
        (["--serve", "photos"], "--serve"),
        (["--class-weights", "fair"], "--class-weights"), (["--on-error", "panic"], "--on-error"),
        (["--class-names", "cat,cat"], "--class-names"), (["--max-pixels", "0"], "--max-pixels"),
        (["--augment", "wobble"], "\"wobble\""), (["--augment", "flip,shift=2"], "from 0 to 1, not \"2\""),
        (["--augment", "flip,noise,flip"], "--augment names flip twice"), (["--augment", ""], "--augment"),
        (["--augment", "flip="], "--augment"), (["--augment", "rotate=nan"], "--augment"),
        (["--label-smoothing", "1"], "--label-smoothing"), (["--label-smoothing=-0.1"], "--label-smoothing"),
        (["--mixup=-1"], "--mixup"), (["--cutmix", "101"], "--cutmix"), (["--mixup", "1e-10"], "--mixup"),
        (["--clip-norm", "0"], "--clip-norm"), (["--clip-norm", "inf"], "--clip-norm"),
        (["--augment", "erase=0.1,2"], "--augment"),
        (["--augment", "random-resized-crop=0.5..0.4"], "--augment"),
        (["--augment", "flip=both"], "--augment"), (["--cache-size", "20"], "--cache-size"),
        (["--show-augmentation", "sheet.png"], "--augment"), (["--augment", "dropout=1"], "--augment"),
        (["--augment=brightness=-0.1"], "--augment"),
        (["--overwrite"], "--overwrite"), (["--output"], "--output"),
        (["--crop-to-aspect-ratio", "--pad-to-aspect-ratio"], "--pad-to-aspect-ratio"),
      ])
    func wrongUsage(options: [String], named: String) async throws {
      let run = try await ToolRun(["train", pets] + options, in: folder).finish()
      #expect(run.status == 2, "\(run.story)")
      #expect(run.errors.contains(named), "\(run.story)")
      #expect(run.errors.contains("whisker train"), "\(run.story)")
      #expect(run.output.isEmpty)
      #expect(folder.contents().isEmpty)
    }

    @Test(
      "A value that is out of range is refused with the range",
      arguments: [
        (["--image-size", "20000"], "from 1 to 4096"), (["--cache-size", "20000"], "at most 4096"),
        (["--train-size", "48,20000"], "from 1 to 4096"), (["--seed=-1"], "from 0 to 18446744073709551615"),
        (["--schedule", "cosine,warmup=2"], "factor are from 0 to 1"),
        (["--schedule", "one-cycle,div_factor=0.5"], "div_factors from 1"),
      ])
    func outOfRange(options: [String], range: String) async throws {
      let run = try await ToolRun(["train", pets] + options, in: folder).finish()
      #expect(run.status == 2 && run.errors.contains(range), "\(run.story)")
    }

    @Test(
      "A missing argument or an unknown command is wrong usage",
      arguments: [
        ["train"], ["watch"], ["evaluate", "model"], ["predict", "model"], ["inspect"], ["juggle"],
        ["--frobnicate"],
        ["export"], ["export", "model"], ["import", "weights"],
      ])
    func missingArgument(arguments: [String]) async throws {
      let run = try await ToolRun(arguments, in: folder).finish()
      #expect(run.status == 2, "\(run.story)")
      #expect(!run.errors.isEmpty)
    }

    @Test("--validation-split where the data has a validation part is refused")
    func validationSplitOfDividedData() async throws {
      let run = try await whisker("train", digits, "--validation-split", "0.1", in: folder)
      #expect(run.status == 1)
      #expect(run.errors.contains("--validation-split"), "\(run.story)")
      #expect(folder.contents().isEmpty)
    }

    @Test("A folder that holds a run is kept, unless --overwrite replaces it")
    func outputThatHoldsARun() async throws {
      try await whisker("train", pets, "--epochs", "1", "-o", "run", in: folder)
      let files = RunFiles(folder, "run")
      let before = try files.bytes("weights/best.safetensors") + files.bytes("args.json")
      let refused = try await whisker("train", pets, "--epochs", "2", "-o", "run/", in: folder)
      #expect(refused.status == 1)
      #expect(refused.errors.contains("run: already holds a run"), "\(refused.story)")
      #expect(refused.errors.contains("--overwrite"))
      #expect(try files.bytes("weights/best.safetensors") + files.bytes("args.json") == before)
      let replaced = try await whisker("train", pets, "--epochs", "2", "-o", "run", "--overwrite", in: folder)
      #expect(replaced.status == 0, "\(replaced.story)")
      #expect(try files.rows("results.csv").count == 3)
    }

    @Test("A run that cannot start leaves the one it would replace alone")
    func overwriteThatCannotStart() async throws {
      try await whisker("train", pets, "--epochs", "1", "-o", "run", in: folder)
      let before = RunFiles(folder, "run").files
      let run = try await whisker("train", "nowhere", "-o", "run", "--overwrite", in: folder)
      #expect(run.status == 1)
      #expect(RunFiles(folder, "run").files == before)
    }

    @Test("An output that cannot be made is named")
    func outputThatCannotBeMade() async throws {
      try folder.write([1], to: "file")
      for output in ["file", "file/run", "/proc/run"] {
        let run = try await whisker("train", pets, "-o", output, in: folder)
        #expect(run.status == 1)
        #expect(run.errors.contains(output.hasPrefix("/proc") ? "/proc/run" : "file"), "\(run.story)")
      }
    }

    @Test(
      "The help of every command tells every option and its default",
      arguments: [
        "train", "watch", "evaluate", "predict", "explain", "serve", "preprocess", "verify", "inspect",
        "export",
        "import",
        "runs",
      ])
    func help(command: String) async throws {
      let run = try await whisker(command, "--help", in: folder)
      #expect(run.status == 0)
      #expect(run.errors.isEmpty)
      #expect(run.output.contains("Examples:"))
      // An option with a value says what it is by default; these have nothing by default.
      let required = [
        "preprocess": ["--output"], "export": ["--output"], "import": ["--output"],
        "explain": ["--output"],
      ][
        command, default: []]
      let without = Set(["--labels", "--version", "--help"] + required)
      for option in options(in: run.output) where option.text.contains("<") {
        let name = option.name
        #expect(option.text.contains("default") || without.contains(name), "\(name) of \(command)")
      }
      let long = run.lines.filter { $0.count > 120 }
      #expect(long.isEmpty, "\(long)")
    }

    @Test("The general help names the commands, and --version prints the version and the kernels")
    func generalHelp() async throws {
      let help = try await whisker("--help", in: folder)
      #expect(help.status == 0)
      for command in ["train", "evaluate", "predict", "inspect", "export", "import"] {
        #expect(help.output.contains(command))
      }
      let version = try await whisker("--version", in: folder)
      #expect(version.status == 0)
      #expect(version.output == "\(Version.current) (kernels: \(Machine.kernels))\n")
      let forced = try await ToolRun(
        ["--version"], in: folder, environment: ["WHISKER_KERNELS": "portable"]
      ).finish()
      #expect(forced.output == "\(Version.current) (kernels: portable)\n")
      let bare = try await whisker(in: folder)
      #expect(bare.status == 0)
      #expect(bare.output.contains("train"))
    }

    /// The options of a help page, each with everything that is said about it.
    private func options(in help: String) -> [(name: String, text: String)] {
      var options: [(name: String, text: String)] = []
      for line in help.split(separator: "\n").map(String.init) {
        if let match = line.firstMatch(of: #/^  (?:-\w, )?(--[a-z-]+)/#) {
          options.append((String(match.1), line))
        } else if line.hasPrefix("     "), !options.isEmpty {
          options[options.count - 1].text += line
        }
      }
      return options
    }
  }
}
