import ArgumentParser
import WhiskerData
import WhiskerNN
import WhiskerCore
import WhiskerTraining

struct SweepCommand: DividedCommand {
  static let configuration = CommandConfiguration(
    commandName: "sweep",
    abstract: "Compare dropout and learning rates over several seeds or folds.",
    usage: """
      whisker sweep [<options>] <data> ...
      whisker sweep --resume <sweep> [<options>]
      """,
    discussion: """
      DATA is a dataset as for whisker train. It is decoded once. Every
      combination of the rates is trained with every seed, and ends in the same
      model as whisker train with these options, byte for byte. The seeds also
      determine the split, unless the dataset has a validation split or
      --split-seed is given. With --folds, every fold takes the place of a seed.

      For each setting, the sweep reports the mean and the standard deviation
      over the seeds of accuracy and loss on the training and the validation
      samples, with the weights of the best epoch and dropout off, and the gap
      between the two. The best setting has the lowest mean val_loss, or with
      --monitor val_accuracy the highest mean val_accuracy. Settings that are
      statistically indistinguishable from it (paired t intervals over the
      seeds, corrected for the number of comparisons) are marked "as good".

      The sweep folder holds results.json, trainings.csv, settings.csv,
      report.html and the best model; evaluate, predict, inspect and export
      accept the folder as MODEL. --resume continues a sweep after Ctrl-C, a
      kill or a power failure.

      Examples:
        whisker sweep photos --dropout 0:0.7:0.1 --seeds 5
        whisker sweep mnist --dropout 0:0.5:0.25,0.3:0.7:0.1 --epochs 5
        whisker sweep photos --dropout 0.2:0.6:0.2 --learning-rate 0.0003,0.001
        whisker sweep photos --dropout 0:0.7:0.05 --epochs 32 --halving
        whisker evaluate sweeps/sweep1 photos --split val
      """)

  @Argument(help: "Datasets to train on.", completion: .file())
  var data: [String] = []

  @Option(
    help: ArgumentHelp(
      "Continue the sweep in this folder. (default: start a new sweep)", valueName: "sweep"),
    completion: .directory)
  var resume: String?

  @OptionGroup(title: "Sweep")
  var sweeping: SweepOptions

  @OptionGroup
  var setup: TrainingSetup

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Sweep folder, new or empty. (default: first free of sweeps/sweep1, sweeps/sweep2, ...)",
      valueName: "folder"),
    completion: .directory)
  var output: String?

  @Flag(
    help: "Replace an existing sweep, once the new one has its first checkpoint.")
  var overwrite = false

  @Option(
    help: ArgumentHelp(
      "Output: 0 warnings and errors, 1 live table, 2 one line per training. (default: 1 in a terminal, "
        + "else 2)", valueName: "level"), completion: .list(["0", "1", "2"]))
  var verbose: Int?

  func validate() throws {
    guard (0...2).contains(verbose ?? 0) else { throw ValidationError("--verbose must be 0, 1 or 2.") }
    guard output != "" else { throw ValidationError("--output must name a folder.") }
    guard !overwrite || output != nil else { throw ValidationError("--overwrite requires --output.") }
    guard resume == nil else { return try ResumedSweep.check() }
    try setup.check(data)
    guard !setup.features.tunes else {
      throw ValidationError(
        "--fine-tune cannot be combined with a sweep: fine-tune the best setting with whisker train.")
    }
    try sweeping.checkRates()
    try sweeping.check(setup.training)
  }

  func run() throws {
    let sweep = try resume.map(resumedSweep) ?? newSweep()
    try SweepRun(sweep, verbosity, concurrency: sweeping.parallel).run()
  }

  private func newSweep() throws -> Sweep {
    let configuration = try sweeping.configuration(try setup.configuration(of: data))
    let source = try setup.cachedSource(configuration.base, prints: verbosity != .silent)
    let data = try SweepDisplay.read(configuration, source, verbosity)
    return Sweep(
      configuration, data, in: SweepFolder(try ProcessGroup.folder(newFolder)),
      communicator: ProcessGroup.communicator)
  }

  private func newFolder() throws -> RunFolder {
    try output.map { try RunFolder.at($0, overwrites: overwrite) }
      ?? RunFolder.next(in: "sweeps", named: "sweep")
  }

  private func resumedSweep(_ path: String) throws -> Sweep {
    let folder = SweepFolder(try ProcessGroup.folder { try RunFolder.resuming(path) })
    let record = try SweepRecord(folder)
    guard !record.configuration.keepsRuns else {
      throw FileError(
        path, "holds a training with several \(record.configuration.folds == nil ? "seeds" : "folds")",
        advice: "\(ShellWords(["whisker", "train", "--resume", path]).text)")
    }
    var configuration = record.configuration
    try setup.change(&configuration.base, data: data)
    let source = try setup.cachedSource(configuration.base, prints: verbosity != .silent)
    let data = try SweepDisplay.read(
      configuration, source, verbosity, resuming: ["whisker", "sweep", "--resume", path])
    return try Sweep(
      resuming: record, configuration, data, in: folder, communicator: ProcessGroup.communicator)
  }

  private var verbosity: TrainingDisplay.Verbosity {
    verbose.flatMap(TrainingDisplay.Verbosity.init) ?? (Terminal.isInteractive ? .bar : .lines)
  }
}
