import ArgumentParser
import WhiskerData
import WhiskerTensor
import WhiskerTraining

struct TrainCommand: DividedCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train a classifier on a folder of pictures or on IDX files.",
    usage: """
      whisker train [<options>] <data>
      whisker train --resume <run> [<options>]
      """,
    discussion: """
      DATA is one of
        - a folder with a folder of PNG or JPEG pictures per class:
          DATA/cat/1.jpg, DATA/dog/2.png
        - a folder with such folders in train, val and test:
          DATA/train/cat/1.jpg
        - a folder whose pictures have their class in their names, DATA/cat.0.jpg,
          with --labels-from-names
        - a folder with MNIST's files, gzipped or not, or those of another data
          set in its format; t10k or test validates
        - an IDX file of images, with its labels' file beside it
        - a tensor cache, or a folder of its shards (whisker preprocess)

      The run is kept in a folder of its own: the best and the last weights,
      results.csv with a row per epoch, split.csv, args.json, metrics.json,
      report.html, a page to look at that is kept as the training goes, and
      event files for TensorBoard: losses, accuracies, histograms of the
      weights, samples and the confusion matrix.
      Nothing is written anywhere else. A picture that cannot be read is
      skipped, and listed with the reason.

      Ctrl-C ends the training after the current batch and keeps the best and
      the last weights. --resume goes on with a run wherever it was stopped, by
      Ctrl-C, by a kill or by a power cut, and ends in the same model as if it
      never had been; a run that has ended goes on with more --epochs. The data
      must be what it was, whatever the times of its files; where it has moved,
      name its new place as DATA. Threads, lanes and memory are this machine's.

      Examples:
        whisker train photos
        whisker train photos --color-mode rgb --image-size 64 --dropout 0.4
        whisker train photos --augment flip,rotate,brightness=0.3 --epochs 30
        whisker train mnist --epochs 5 --output runs/mnist --serve
        whisker train --resume runs/mnist --epochs 10
        whisker train photos --seeds 5 --ensemble
        whisker train dogs-vs-cats --labels-from-names
        whisker train --synthetic noise --dropout 0 --epochs 30
      """)

  @Argument(help: "The pictures to train on.", completion: .file())
  var data: String?

  @Option(
    help: ArgumentHelp("Go on with the run in this folder. (default: a new run)", valueName: "run"),
    completion: .directory)
  var resume: String?

  @OptionGroup(title: "Training")
  var rates: RateOptions

  @OptionGroup(title: "Training")
  var seeding: SeedOptions

  @OptionGroup
  var setup: TrainingSetup

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "The run's folder, new or empty. (default: the first free of runs/train1, runs/train2, ...)",
      valueName: "dir"),
    completion: .directory)
  var output: String?

  @Flag(
    help:
      "Replace the run that the output folder holds, once the new one has its first checkpoint. Until then --serve shows the old report."
  )
  var overwrite = false

  @Flag(
    inversion: .prefixedNo,
    help: "Keep event files in the run's folder: tensorboard --logdir runs. (default: --tensorboard)")
  var tensorboard: Bool?

  @Option(
    help: ArgumentHelp(
      "0 prints only what went wrong, 1 a bar, 2 a line per epoch. (default: 1 at a terminal, otherwise 2)",
      valueName: "level"), completion: .list(["0", "1", "2"]))
  var verbose: Int?

  @Option(
    defaultAsFlag: LivePort.free,
    help: ArgumentHelp(
      "Show the run's report in the browser while it trains, on this machine only. (default: only the file)",
      valueName: "port"))
  var serve: LivePort?

  func validate() throws {
    guard (0...2).contains(verbose ?? 0) else { throw ValidationError("--verbose must be 0, 1 or 2.") }
    try serve?.check("--serve")
    guard output != "" else { throw ValidationError("--output names no folder.") }
    guard !overwrite || output != nil else { throw ValidationError("--overwrite needs --output.") }
    guard serve == nil || seeding.seeds == nil else {
      throw ValidationError("--serve shows one training, and --seeds asks for several.")
    }
    guard resume == nil else { return try ResumeOptions.check(ResumeOptions.ofTraining) }
    try setup.check(data)
  }

  func run() throws {
    if let trainings = try severalTrainings() {
      return try SweepRun(trainings.sweep, verbosity, lanes: nil).run()
    }
    let (session, folder) = try resume.map(resumedSession) ?? newSession()
    session.command = Terminal.command
    let view = Ranks.job.isFirst ? try liveView(folder) : nil
    defer { view?.end() }
    var display = TrainingDisplay(verbosity, epochs: session.configuration.epochs)
    display.introduce(session, folder, live: view?.address)
    Interruption.listen()
    Ranks.onFailure { folder.discardIfWithoutModel() }
    let outcome: TrainingOutcome
    // A run that is to be replaced stays what it was until the first checkpoint of the new one.
    var canGoOn = !overwrite
    do {
      outcome = try session.run(in: folder, shouldStop: { Interruption.isWished }) { event in
        display.show(event)
        if case .checkpoint = event { canGoOn = true }
      }
    } catch let error as ResourceError {
      display.clear()
      if canGoOn {
        Terminal.complain(
          "The run is kept. Go on with: " + ShellWords(["whisker", "train", "--resume", folder.path]).text)
      }
      throw error
    } catch {
      display.clear()
      if Ranks.job.isFirst { folder.discardIfWithoutModel() }
      throw error
    }
    display.conclude(outcome, session, folder)
    Ranks.leave()
    if outcome.reason == .interrupted { throw ExitCode(Interruption.exitStatus) }
  }

  /// The trainings of several seeds, new or resumed; nil where there is only one.
  private func severalTrainings() throws -> SeedsTraining? {
    if let resume, SweepFolder.isSweep(resume) {
      guard serve == nil else {
        throw ValidationError("--serve shows one training, and \(resume) holds several.")
      }
      return try SeedsTraining(resuming: resume, verbosity) { base in try changed(&base) }
    }
    guard resume == nil, seeding.seeds != nil else { return nil }
    let base = try newConfiguration()
    guard let configuration = seeding.configuration(base) else { return nil }
    return try SeedsTraining(
      configuration, try setup.cachedSource(base, tells: tells), verbosity, in: newFolder)
  }

  private func liveView(_ folder: RunFolder) throws -> LiveView? {
    do {
      return try serve.map { try LiveView(folder.report, on: $0) }
    } catch {
      folder.discardIfWithoutModel()
      throw error
    }
  }

  private func newSession() throws -> (TrainingSession, RunFolder) {
    let configuration = try newConfiguration()
    let source = try setup.cachedSource(configuration, tells: tells)
    let session = try TrainingSession(configuration, source: source, job: Ranks.job)
    return (session, try Ranks.folder(newFolder))
  }

  private func newConfiguration() throws -> TrainingConfiguration {
    var configuration = try setup.configuration(of: data)
    configuration.tensorBoard = tensorboard
    try rates.apply(to: &configuration)
    return configuration
  }

  private func newFolder() throws -> RunFolder {
    try output.map { try RunFolder.at($0, overwrites: overwrite) } ?? RunFolder.next(in: "runs")
  }

  private func resumedSession(_ run: String) throws -> (TrainingSession, RunFolder) {
    let folder = try Ranks.folder { try RunFolder.resuming(run) }
    let checkpoint = try Checkpoint(folder)
    var configuration = checkpoint.configuration
    let source = try changed(&configuration)
    let session = try TrainingSession(
      resuming: checkpoint, in: folder, configuration, source: source, job: Ranks.job)
    return (session, folder)
  }

  /// Writes what may change when a run is resumed. Returns the cache, where there is one.
  private func changed(_ configuration: inout TrainingConfiguration) throws -> DataSource? {
    try setup.change(&configuration, data: data)
    configuration.tensorBoard = tensorboard ?? configuration.tensorBoard
    return try setup.cachedSource(configuration, tells: tells)
  }

  private var tells: Bool { verbosity != .silent }

  private var verbosity: TrainingDisplay.Verbosity {
    verbose.flatMap(TrainingDisplay.Verbosity.init) ?? (Terminal.isInteractive ? .bar : .lines)
  }
}
