import ArgumentParser
import Glibc
import WhiskerCore
import WhiskerTraining

/// The parser's message about wrong usage, with a suggestion where the intention can be guessed.
struct UsageError {
  /// The error and the usage of the command; several lines.
  let text: String

  /// - Parameter root: The command that contains all others.
  init(_ error: any Error, of root: any ParsableCommand.Type, words: [String] = Arguments.typed) {
    let whole = root.fullMessage(for: error)
    let message = root.message(for: error)
    guard let better = Self.better(message, root, words), let range = whole.firstRange(of: message) else {
      text = whole
      return
    }
    text = String(whole[..<range.lowerBound]) + better + String(whole[range.upperBound...])
  }

  private static func better(
    _ message: String, _ root: any ParsableCommand.Type, _ words: [String]
  ) -> String? {
    let commands = root.configuration.subcommands
    let names = commands.compactMap { $0.configuration.commandName } + ["help"]
    guard let word = words.first, !word.hasPrefix("-") else { return nil }
    guard names.contains(word) else {
      let meant =
        access(word, F_OK) == 0
        ? "train " + ShellWords([word]).text : nearestName(to: word.lowercased(), among: names)
      return "Unknown command '\(word)'. "
        + (meant.map { "Did you mean '\($0)'?" } ?? "The commands are \(names.joined(separator: ", ")).")
    }
    guard let option = unknownOption(in: message), option.hasPrefix("--"),
      let command = commands.first(where: { $0.configuration.commandName == word })
    else { return nil }
    let meant = ForeignOptions.option(for: option, among: options(in: root.helpMessage(for: command)))
    return "Unknown option '\(option)'" + (meant.map { ". Did you mean '\($0)'?" } ?? "")
  }

  /// The option that the parser does not know, by its message.
  static func unknownOption(in message: String) -> String? {
    message.firstMatch(of: #/^Unknown option '(-[^']+)'/#).map { String($0.1) }
  }

  /// The long options that a help page lists.
  static func options(in help: String) -> [String] {
    help.matches(of: #/^  (?:-\w, )?(--[a-z-]+)(?:\/(--[a-z-]+))?/#.anchorsMatchLineEndings()).flatMap {
      [$0.1, $0.2].compactMap { $0.map(String.init) }
    }
  }
}

/// The options of other tools that whisker has under another name.
private enum ForeignOptions {
  private static let foreignNames: [(option: String, names: [String])] = [
    ("--learning-rate", ["--lr", "--lr0", "--base-lr", "--initial-lr", "--step-size", "--rate"]),
    (
      "--image-size",
      ["--imgsz", "--img", "--img-size", "--size", "--input-size", "--resolution", "--target-size"]
    ),
    ("--batch-size", ["--batch", "--bs", "--batchsize", "--per-device-train-batch-size"]),
    ("--epochs", ["--epoch", "--num-epochs", "--n-epochs", "--max-epochs", "--num-train-epochs"]),
    ("--dropout", ["--drop", "--drop-rate", "--dropout-rate", "--dropout-prob"]),
    ("--workers", ["--num-workers", "--jobs", "--n-jobs"]),
    ("--threads", ["--num-threads", "--nproc", "--cpus"]),
    ("--output", ["--out", "--out-dir", "--output-dir", "--save-dir", "--project", "--name", "--save"]),
    ("--weight-decay", ["--wd", "--decay", "--l2"]),
    ("--patience", ["--early-stopping", "--early-stop", "--early-stopping-patience"]),
    ("--network", ["--model", "--arch", "--architecture", "--net", "--backbone"]),
    ("--validation-split", ["--val-split", "--test-size", "--val-ratio", "--val-size", "--test-split"]),
    ("--schedule", ["--scheduler", "--lr-scheduler", "--lr-schedule", "--sched"]),
    ("--optimizer", ["--opt", "--optim"]),
    ("--augment", ["--augmentation", "--augmentations", "--aug", "--transforms", "--hflip"]),
    ("--seed", ["--random-seed", "--random-state"]),
    ("--class-names", ["--classes", "--names"]),
    ("--color-mode", ["--channels", "--colour-mode", "--color", "--rgb", "--grayscale"]),
    ("--label-smoothing", ["--smoothing", "--label-smooth", "--smooth"]),
    (
      "--clip-norm",
      ["--clip", "--clip-grad", "--grad-clip", "--max-grad-norm", "--global-clipnorm", "--clipnorm"]
    ),
    ("--find-learning-rate", ["--lr-find", "--find-lr", "--auto-lr-find", "--lr-finder"]),
    ("--average-weights", ["--ema", "--model-ema"]),
    ("--resume", ["--checkpoint", "--ckpt", "--restore"]),
    ("--overwrite", ["--force", "--exist-ok"]),
    ("--tta", ["--test-time-augmentation", "--augment", "--flip"]),
    ("--mc-samples", ["--mc-dropout"]),
    ("--threshold", ["--conf", "--confidence"]),
    ("--top-k", ["--topk"]),
    ("--verbose", ["--quiet", "--silent"]),
  ]

  /// The option that was meant by `word`; nil where none of `options` is near.
  static func option(for word: String, among options: [String]) -> String? {
    let word = word.lowercased().replacing("_", with: "-")
    if options.contains(word) { return word }
    let known = foreignNames.first { $0.names.contains(word) }?.option
    return known.flatMap { options.contains($0) ? $0 : nil } ?? nearestName(to: word, among: options)
  }
}

/// The model at `path`, the first argument of a command that takes other paths after it.
/// - Throws: `ValidationError` where `path` holds no model and one of `others` does; otherwise the error of reading it.
func firstModel(_ path: String, of command: String, before others: [String]) throws -> Model {
  do {
    return try Model(path)
  } catch {
    guard let swapped = others.first(where: { (try? Model($0)) != nil }) else { throw error }
    let rest = [path] + others.filter { $0 != swapped }
    throw ValidationError(
      "The model comes first: whisker \(command) \(ShellWords([swapped]).text) \(ShellWords(rest).text)")
  }
}
