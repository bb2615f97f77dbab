import Foundation
import TestSupport
import Testing

extension ToolTests {
  @Suite struct Suggestions {
    private let folder: TemporaryFolder
    private let pets = Fixtures.samples + "/cats-dogs"

    init() throws { folder = try TemporaryFolder() }

    @Test(
      "A command or an option that does not exist leads to the one that is meant",
      arguments: [
        (["trian", "photos"], "train"), (["predcit"], "predict"), (["eval", "x"], "'evaluate'"),
        (["juggle"], "commands are"),
        (["train", "photos", "--lr", "0.1"], "--learning-rate"),
        (["train", "photos", "--imgsz=64"], "--image-size"),
        (["train", "photos", "--batch", "5"], "--batch-size"),
        (["train", "photos", "--learning_rate", "0.1"], "--learning-rate"),
        (["train", "photos", "--num-workers", "4"], "--workers"),
        (["train", "photos", "--epoch", "4"], "--epochs"),
        (["predict", "run", "x.png", "--topk", "4"], "--top-k"),
      ])
    func suggestion(arguments: [String], meant: String) async throws {
      let run = try await ToolRun(arguments, in: folder).finish()
      #expect(run.status == 2, "\(run.story)")
      #expect(run.errors.hasPrefix("whisker: Unknown "), "\(run.story)")
      #expect(run.errors.contains(meant), "\(run.story)")
    }

    @Test("No option is suggested that the command does not have")
    func otherCommand() async throws {
      let run = try await whisker("evaluate", "run", "photos", "--lr", "1", in: folder)
      #expect(run.status == 2)
      #expect(run.errors.contains("'--lr'") && !run.errors.contains("learning"), "\(run.story)")
    }

    @Test("A folder in the place of the command leads to train")
    func folderAlone() async throws {
      let run = try await whisker(pets, in: folder)
      #expect(run.status == 2)
      #expect(run.errors.contains("Did you mean 'train \(pets)'?"), "\(run.story)")
    }

    @Test("Names may be in capital letters")
    func capitals() async throws {
      let run = try await whisker(
        "train", pets, "--epochs", "1", "--color-mode", "RGB", "--optimizer", "Adam", "--schedule", "Cosine",
        "--network", "Dropout-CNN", "--class-weights", "Balanced", "--background", "White", "--augment",
        "Flip",
        "--on-error", "Skip", in: folder)
      #expect(run.status == 0, "\(run.story)")
      #expect(run.output.contains("rgb") || run.output.contains("RGB"), "\(run.story)")
    }

    @Test(
      "A negative number is the value of the option before it",
      arguments: [["--epochs", "-3"], ["--batch-size", "-1"], ["--learning-rate", "-0.1"]])
    func negative(option: [String]) async throws {
      let run = try await ToolRun(["train", pets] + option, in: folder).finish()
      #expect(run.status == 2, "\(run.story)")
      #expect(run.errors.contains("\(option[0]) must be"), "\(run.story)")
      #expect(!run.errors.contains("Missing"), "\(run.story)")
    }

    @Test(
      "What is wrong with a network file is told with line and column",
      arguments: [
        (
          "{\"layers\": [\n  {\"type\": \"flatten\"},\n  {\"type\": \"dense\"}\n}\n",
          "line 4, column 1: expected a comma or ]"
        ),
        (
          "{\"layers\": [\n  {\"type\": \"flatten\"},\n  {type: \"dense\"}]}",
          "line 3, column 4: expected a name"
        ),
        ("{\"layers\": [\n  {\"type\": \"dropout\", \"rate\": \"x\"}]}", "line 2, column 31: layer 1"),
        ("{\"layers\": [{\"type\": \"flatten\"},\n\n {\"type\": \"dens\"}]}", "line 3, column 2: layer 2"),
        ("{\"layers\": [{\"type\": \"dropout\"}]}", "line 1, column 13: layer 1: \"rate\" is missing"),
        ("", "line 1, column 1: expected a value"),
      ])
    func networkFile(json: String, problem: String) async throws {
      try folder.write(Array(json.utf8), to: "net.json")
      let run = try await whisker("train", pets, "--network", "net.json", in: folder)
      #expect(run.status == 1)
      #expect(run.errors.contains("net.json: is not a network: \(problem)"), "\(run.story)")
    }

    @Test(
      "All errors begin with the name of the tool",
      arguments: [
        ["train", "nowhere"], ["train"], ["train", "--epochs", "0", "x"], ["--frobnicate"], ["juggle"],
        ["train", "x", "--synthetic", "noise"], ["predict", "nowhere", "x.png"],
      ])
    func prefix(arguments: [String]) async throws {
      let run = try await ToolRun(arguments, in: folder).finish()
      #expect(run.status != 0)
      #expect(run.errors.hasPrefix("whisker: ") && !run.errors.contains("Error:"), "\(run.story)")
    }
  }
}
