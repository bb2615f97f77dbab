import ArgumentParser

/// What was meant by a command or an option that does not exist.
enum Suggestion {
  /// What options are called in other tools, by what they are called here.
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
    ("--average-weights", ["--ema", "--model-ema"]),
    ("--resume", ["--checkpoint", "--ckpt", "--restore"]),
    ("--overwrite", ["--force", "--exist-ok"]),
    ("--mc-samples", ["--mc-dropout"]),
    ("--threshold", ["--conf", "--confidence"]),
    ("--top-k", ["--topk"]),
    ("--verbose", ["--quiet", "--silent"]),
  ]

  /// The command that was meant by `word`; nil where none is near.
  static func command(for word: String, among names: [String]) -> String? {
    nearest(to: word.lowercased(), among: names)
  }

  /// The option that was meant by `word`; nil where the command has none that is near.
  /// - Parameter options: Those of the command.
  static func option(for word: String, among options: [String]) -> String? {
    let word = word.lowercased().replacing("_", with: "-")
    if options.contains(word) { return word }
    let known = foreignNames.first { $0.names.contains(word) }?.option
    return known.flatMap { options.contains($0) ? $0 : nil } ?? nearest(to: word, among: options)
  }

  /// The only name that starts so, or the one that the fewest changes of a letter lead to, where these are few for its length.
  private static func nearest(to word: String, among names: [String]) -> String? {
    let longer = names.filter { $0.hasPrefix(word) }
    if longer.count == 1, word.drop(while: { $0 == "-" }).count > 2 { return longer[0] }
    let ranked = names.map { (name: $0, distance: distance(Array(word), Array($0))) }
    guard let best = ranked.min(by: { $0.distance < $1.distance }) else { return nil }
    return best.distance <= max(1, best.name.drop { $0 == "-" }.count / 3) ? best.name : nil
  }

  /// How many letters have to be added, removed, changed or swapped with the next (optimal string alignment).
  private static func distance(_ one: [Character], _ other: [Character]) -> Int {
    var (before, last) = ([Int](), Array(0...other.count))
    for i in one.indices {
      var row = [i + 1]
      for j in other.indices {
        var least = min(last[j + 1] + 1, row[j] + 1, last[j] + (one[i] == other[j] ? 0 : 1))
        if i > 0, j > 0, one[i] == other[j - 1], one[i - 1] == other[j] {
          least = min(least, before[j - 1] + 1)
        }
        row.append(least)
      }
      (before, last) = (last, row)
    }
    return last[other.count]
  }
}
