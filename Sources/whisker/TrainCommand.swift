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
        - a folder with MNIST's files, gzipped or not; t10k validates
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
      must be what it was; where it has moved, name its new place as DATA.

      Examples:
        whisker train photos
        whisker train photos --color-mode rgb --image-size 64 --dropout 0.4
        whisker train photos --augment flip,rotate,brightness=0.3 --epochs 30
        whisker train mnist --epochs 5 --output runs/mnist --serve
        whisker train --resume runs/mnist --epochs 10
      """)

  @Argument(help: "The pictures to train on.", completion: .file())
  var data: String?

  @Option(
    help: ArgumentHelp("Go on with the run in this folder. (default: a new run)", valueName: "run"),
    completion: .directory)
  var resume: String?

  @OptionGroup(title: "Training")
  var training: TrainingOptions

  @OptionGroup(title: "Pictures")
  var pictures: PictureOptions

  @OptionGroup(title: "Classes")
  var naming: NamingOptions

  @OptionGroup(title: "Reading")
  var reading: ReadingOptions

  @OptionGroup(title: "Computing")
  var computing: ComputingOptions

  @Option(
    help: ArgumentHelp(
      "Keep decoded pictures in this much memory, so that only the first epoch decodes. (default: a quarter of the "
        + "machine's)", valueName: "size"))
  var cacheMemory: ByteCount?

  @Option(
    help: ArgumentHelp(
      "Train from this tensor cache of DATA, made first where it is missing or stale (see whisker preprocess). "
        + "(default: none)",
      valueName: "file"), completion: .file(extensions: ["safetensors"]))
  var cache: String?

  @Option(help: ArgumentHelp("What to do about a picture that cannot be read.", valueName: "policy"))
  var onError = BatchStream.ErrorPolicy.skip

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "The run's folder. (default: the first free of runs/train1, runs/train2, ...)", valueName: "dir"),
    completion: .directory)
  var output: String?

  @Flag(help: "Replace the run that the output folder holds.")
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
    guard cache?.hasSuffix(".safetensors") ?? true else {
      throw ValidationError("--cache names a file that ends in .safetensors.")
    }
    guard !overwrite || output != nil else { throw ValidationError("--overwrite needs --output.") }
    guard resume == nil else { return try ResumeOptions.check() }
    guard data != nil else { throw ValidationError("Missing expected argument '<data>'.") }
  }

  func run() throws {
    let (session, folder) = try resume.map(resumedSession) ?? newSession()
    session.command = Terminal.command
    let view = Ranks.job.isFirst ? try liveView(folder) : nil
    defer { view?.end() }
    var display = TrainingDisplay(verbosity, epochs: session.configuration.epochs)
    display.introduce(session, folder, live: view?.address)
    Interruption.listen()
    let outcome: TrainingOutcome
    do {
      outcome = try session.run(in: folder, shouldStop: { Interruption.isWished }) { display.show($0) }
    } catch {
      display.clear()
      if Ranks.job.isFirst { folder.discardIfWithoutModel() }
      throw error
    }
    display.conclude(outcome, session, folder)
    Ranks.leave()
    if outcome.reason == .interrupted { throw ExitCode(130) }
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
    let configuration = try trainingConfiguration(data ?? "")
    let session = try TrainingSession(
      configuration, source: try cachedSource(configuration), job: Ranks.job)
    let folder = try Ranks.folder {
      try output.map { try RunFolder.at($0, overwrites: overwrite) } ?? RunFolder.next(in: "runs")
    }
    return (session, folder)
  }

  private func resumedSession(_ run: String) throws -> (TrainingSession, RunFolder) {
    let folder = try Ranks.folder { try RunFolder.resuming(run) }
    let checkpoint = try Checkpoint(folder)
    var configuration = checkpoint.configuration
    configuration.data = data ?? configuration.data
    // What one process had says nothing about the share of one among several.
    if !Ranks.job.isAlone { (configuration.workers, configuration.threads) = (Ranks.cores, Ranks.cores) }
    configuration.epochs = training.epochs ?? configuration.epochs
    configuration.patience = training.patience ?? configuration.patience
    configuration.checkpointEvery = training.checkpointEvery ?? configuration.checkpointEvery
    applyComputing(to: &configuration)
    let source = try cachedSource(configuration)
    let session = try TrainingSession(
      resuming: checkpoint, in: folder, configuration, source: source, job: Ranks.job)
    return (session, folder)
  }

  /// The cache of the data, made or made again where that is needed; nil where none is wanted.
  private func cachedSource(_ configuration: TrainingConfiguration) throws -> DataSource? {
    guard let cache = configuration.cache else { return nil }
    let options = configuration.dataOptions
    let source = try DataSource.open(configuration.data, configuration.preprocessing, options: options)
    guard source.kind != .cache else {
      throw ValidationError("--cache goes with pictures or IDX files, and \(source.path) is a cache itself.")
    }
    let lanes = BatchStream.Lanes(count: configuration.workers, depth: configuration.prefetch)
    let preprocessor = Preprocessor(source, options: options, lanes: lanes, policy: configuration.onError)
    Interruption.listen()
    if Ranks.job.isFirst { try CacheMaker(preprocessor, tells: verbosity != .silent).make(at: cache) }
    Ranks.job.meet()
    var openingOptions = options
    openingOptions.labelsPath = nil
    return try DataSource.open(cache, configuration.preprocessing, options: openingOptions)
  }

  private var verbosity: TrainingDisplay.Verbosity {
    verbose.flatMap(TrainingDisplay.Verbosity.init) ?? (Terminal.isInteractive ? .bar : .lines)
  }

  /// What changes nothing about the result.
  private func applyComputing(to configuration: inout TrainingConfiguration) {
    configuration.workers = reading.workers ?? configuration.workers
    configuration.prefetch = reading.prefetch ?? configuration.prefetch
    configuration.threads = computing.threads ?? configuration.threads
    configuration.cacheMemory = cacheMemory?.bytes ?? configuration.cacheMemory / Ranks.localCount
    configuration.tensorBoard = tensorboard ?? configuration.tensorBoard
  }

  private func trainingConfiguration(_ data: String) throws -> TrainingConfiguration {
    var configuration = TrainingConfiguration(data: data, cores: Ranks.cores)
    try training.apply(to: &configuration)
    configuration.preprocessing = try pictures.preprocessing(for: data)
    configuration.labels = naming.labels
    configuration.classNames = naming.classNames?.names
    configuration.allowsEmptyClasses = naming.allowEmptyClasses
    configuration.followsLinks = naming.followLinks
    configuration.onError = onError
    configuration.maximumPixels = reading.maxPixels
    configuration.allowsTruncated = reading.allowTruncated
    configuration.cache = cache
    applyComputing(to: &configuration)
    return configuration
  }
}
