import ArgumentParser
import WhiskerData
import WhiskerNN
import WhiskerTensor
import WhiskerTraining

struct SweepCommand: DividedCommand {
  static let configuration = CommandConfiguration(
    commandName: "sweep",
    abstract: "Train with many dropout rates, and tell which is best.",
    usage: """
      whisker sweep [<options>] <data>
      whisker sweep --resume <sweep> [<options>]
      """,
    discussion: """
      DATA is what whisker train takes. It is decoded once; every combination
      of the rates is trained with every seed, as whisker train would, and
      ends in the same model, byte for byte. Seeds decide the split too, unless
      the data has a validation part or --split-seed is given.

      Told of every setting are the mean and the standard deviation over the
      seeds of accuracy and loss, of the best epoch's weights with dropout
      off, on the training and on the validation pictures, and the gap between
      the two. The best setting has the lowest mean validation loss, or with
      --monitor val_accuracy the highest mean validation accuracy. What
      cannot be distinguished from it (paired t intervals over the seeds,
      corrected for the number of comparisons) is marked "as good".

      The sweep's folder holds results.json, trainings.csv, settings.csv,
      report.html, a page to look at, and the best model, which evaluate,
      predict, inspect and export take by the folder's name. After Ctrl-C, a
      kill or a power cut --resume goes on with what is still to be trained.

      Examples:
        whisker sweep photos --dropout 0:0.7:0.1 --seeds 5
        whisker sweep mnist --dropout 0:0.5:0.25,0.3:0.7:0.1 --epochs 5
        whisker sweep photos --dropout 0.2:0.6:0.2 --learning-rate 0.0003,0.001
        whisker sweep photos --dropout 0:0.7:0.05 --epochs 32 --halving
        whisker evaluate sweeps/sweep1 photos --split validation
      """)

  @Argument(help: "The pictures to train on.", completion: .file())
  var data: String?

  @Option(
    help: ArgumentHelp("Go on with the sweep in this folder. (default: a new sweep)", valueName: "sweep"),
    completion: .directory)
  var resume: String?

  @OptionGroup(title: "Sweep")
  var sweeping: SweepOptions

  @OptionGroup
  var setup: TrainingSetup

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "The sweep's folder, new or empty. (default: the first free of sweeps/sweep1, sweeps/sweep2, ...)",
      valueName: "dir"),
    completion: .directory)
  var output: String?

  @Flag(
    help: "Replace the sweep that the output folder holds, once the new one has its first checkpoint.")
  var overwrite = false

  @Option(
    help: ArgumentHelp(
      "0 prints only what went wrong, 1 a table that grows, 2 a line per training. "
        + "(default: 1 at a terminal, otherwise 2)",
      valueName: "level"), completion: .list(["0", "1", "2"]))
  var verbose: Int?

  func validate() throws {
    guard (0...2).contains(verbose ?? 0) else { throw ValidationError("--verbose must be 0, 1 or 2.") }
    guard output != "" else { throw ValidationError("--output names no folder.") }
    guard !overwrite || output != nil else { throw ValidationError("--overwrite needs --output.") }
    guard resume == nil else { return try ResumeOptions.check(ResumeOptions.ofSweep) }
    try setup.check(data)
    try sweeping.checkRates()
    try sweeping.check(setup.training)
  }

  func run() throws {
    let sweep = try resume.map(resumedSweep) ?? newSweep()
    try SweepRun(sweep, verbosity, lanes: sweeping.parallel).run()
  }

  private func newSweep() throws -> Sweep {
    let configuration = try sweeping.configuration(try setup.configuration(of: data))
    let source = try setup.cachedSource(configuration.base, tells: verbosity != .silent)
    let data = try SweepDisplay.read(configuration, source, verbosity)
    return Sweep(configuration, data, in: SweepFolder(try Ranks.folder(newFolder)), job: Ranks.job)
  }

  private func newFolder() throws -> RunFolder {
    try output.map { try RunFolder.at($0, overwrites: overwrite) }
      ?? RunFolder.next(in: "sweeps", named: "sweep")
  }

  private func resumedSweep(_ path: String) throws -> Sweep {
    let folder = SweepFolder(try Ranks.folder { try RunFolder.resuming(path) })
    let record = try SweepRecord(folder)
    guard !record.configuration.keepsRuns else {
      throw FileError(
        path, "holds a training with several seeds",
        advice: ShellWords(["whisker", "train", "--resume", path]).text)
    }
    var configuration = record.configuration
    try setup.change(&configuration.base, data: data)
    let source = try setup.cachedSource(configuration.base, tells: verbosity != .silent)
    let data = try SweepDisplay.read(configuration, source, verbosity)
    return try Sweep(resuming: record, configuration, data, in: folder, job: Ranks.job)
  }

  private var verbosity: TrainingDisplay.Verbosity {
    verbose.flatMap(TrainingDisplay.Verbosity.init) ?? (Terminal.isInteractive ? .bar : .lines)
  }
}
