import ArgumentParser
import WhiskerData
import WhiskerCore
import WhiskerReport
import WhiskerTraining

struct TrainCommand: DividedCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train a classifier on a folder of pictures.",
    usage: """
      whisker train [<options>] <data> ...
      whisker train --resume <run> [<options>]
      """,
    discussion: """
      DATA is one of:
        - a folder with one folder of \(ImageFormat.names) pictures per class:
          DATA/cat/1.jpg, DATA/dog/2.png
        - a folder with the splits train, val and test, each with class folders:
          DATA/train/cat/1.jpg
        - a folder of pictures whose names start with their class, DATA/cat.0.jpg
          (requires --labels-from-names)
        - a ZIP or tar archive of such a folder, read in place
        - a tar archive, or a folder or a quoted pattern of several, in which
          labels are beside the pictures: 'shards/{000..015}.tar' with KEY.jpg and
          KEY.cls, KEY.txt or KEY.json
        - a folder of IDX files named like MNIST's, gzipped or not; t10k or test
          is the validation split
        - an IDX file of images, next to the file of its labels
        - a list of pictures, CSV, TSV or JSON Lines, with the columns path and
          label, and optionally split and group; paths are relative to it
        - a CSV file of gray pictures: label,pixel0,pixel1,...
        - a tensor cache made by whisker preprocess, or a folder of its shards
      Several datasets are joined: classes and splits by their names.

      The run folder holds the best and the last weights, results.csv with one
      row per epoch, split.csv, args.json, metrics.json, report.html and event
      files for TensorBoard. Nothing is written elsewhere. Unreadable pictures
      are skipped, and listed with the reason.

      Ctrl-C stops after the current batch and keeps the best and the last
      weights. --resume continues a run after Ctrl-C, a kill or a power failure,
      and ends in the same model as an uninterrupted run. With a larger --epochs
      it extends a finished run. The contents of the data must be unchanged; if
      they have moved, pass the new path as DATA.

      Examples:
        whisker train photos
        whisker train photos --color-mode rgb --image-size 64 --dropout 0.4
        whisker train photos --augment flip,rotate,brightness=0.3 --epochs 30
        whisker train photos --augment flip,rotate --show-augmentation sheet.png
        whisker train mnist --epochs 5 --output runs/mnist --serve
        whisker train --resume runs/mnist --epochs 10
        whisker train photos --seeds 5 --ensemble
        whisker train photos --folds 5 --group-by 'patient(\\d+)'
        whisker train dogs-vs-cats --labels-from-names
        whisker train labels.csv
        whisker train photos more-photos --classes classes.csv
        whisker train --synthetic noise --dropout 0 --epochs 30
        whisker train photos --find-learning-rate
        whisker train photos --backbone backbone.safetensors
        whisker train photos --backbone backbone.safetensors --fine-tune 3
      """)

  @Argument(help: "Datasets to train on.", completion: .file())
  var data: [String] = []

  @Option(
    help: ArgumentHelp("Continue the run in this folder. (default: start a new run)", valueName: "run"),
    completion: .directory)
  var resume: String?

  @OptionGroup(title: "Training")
  var rates: RateOptions

  @OptionGroup(title: "Training")
  var seeding: SeedOptions

  @OptionGroup
  var setup: TrainingSetup

  @Flag(
    help: ArgumentHelp(
      "Do not train, but find a learning rate: make 100 steps with a rate that rises from 1e-6 to 10, and "
        + "suggest a tenth of the rate with the lowest loss. Nothing is written."))
  var findLearningRate = false

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Run folder, new or empty. (default: first free of runs/train1, runs/train2, ...)", valueName: "folder"),
    completion: .directory)
  var output: String?

  @Flag(
    help:
      ArgumentHelp(
        "Replace an existing run, once the new one has its first checkpoint. Until then --serve shows the old "
          + "report."))
  var overwrite = false

  @Option(
    help: ArgumentHelp(
      "Do not train, but write a PNG file with eight samples, each as it is and as augmented in the first eight "
        + "epochs. (default: off)", valueName: "file"), completion: .file(extensions: ["png"]))
  var showAugmentation: String?

  @Flag(
    inversion: .prefixedNo,
    help: "Write event files for TensorBoard to the run folder. (default: --tensorboard)")
  var tensorboard: Bool?

  @Option(
    help: ArgumentHelp(
      "Output: 0 warnings and errors, 1 progress bar, 2 one line per epoch. (default: 1 in a terminal, else "
        + "2)", valueName: "level"), completion: .list(["0", "1", "2"]))
  var verbose: Int?

  @Option(
    defaultAsFlag: LivePort.free,
    help: ArgumentHelp(
      "Serve the live report on 127.0.0.1, for a browser on this machine. (default: off)", valueName: "port"))
  var serve: LivePort?

  func validate() throws {
    guard (0...2).contains(verbose ?? 0) else { throw ValidationError("--verbose must be 0, 1 or 2.") }
    try serve?.check("--serve")
    guard output != "" else { throw ValidationError("--output must name a folder.") }
    guard !overwrite || output != nil || showAugmentation != nil else {
      throw ValidationError("--overwrite requires --output.")
    }
    if serve != nil, let option = seeding.option {
      throw ValidationError("--serve cannot be combined with \(option).")
    }
    if showAugmentation != nil {
      let refused = [
        ("--resume", resume != nil), (seeding.option ?? "", seeding.option != nil), ("--serve", serve != nil),
        ("--output", output != nil), ("--cache", setup.cache != nil),
        ("--find-learning-rate", findLearningRate),
      ].first { $0.1 }
      if let refused {
        throw ValidationError("--show-augmentation does not train, and cannot be combined with \(refused.0).")
      }
      guard let augment = setup.training.augment, try !augment.augmentation().isIdentity else {
        throw ValidationError("--show-augmentation requires --augment.")
      }
    }
    guard resume == nil else { return try ResumedTraining.check() }
    try setup.check(data)
    try seeding.check(setup.training)
    try checkFinder()
    try checkFineTuning()
  }

  /// - Throws: `ValidationError` for options that cannot be combined with `--fine-tune`.
  private func checkFineTuning() throws {
    guard setup.features.tunes else { return }
    let refused = [
      (seeding.option ?? "", seeding.option != nil), ("--serve", serve != nil),
      ("--find-learning-rate", findLearningRate), ("--show-augmentation", showAugmentation != nil),
    ].first { $0.1 }
    if let refused { throw ValidationError("--fine-tune cannot be combined with \(refused.0).") }
  }

  /// - Throws: `ValidationError` for options that cannot be combined with `--find-learning-rate`.
  private func checkFinder() throws {
    guard findLearningRate else { return }
    let refused = [
      ("--learning-rate", rates.learningRate != nil), ("--output", output != nil),
      (seeding.option ?? "", seeding.option != nil), ("--serve", serve != nil),
      ("--cache", setup.cache != nil),
    ].first { $0.1 }
    if let refused {
      throw ValidationError("--find-learning-rate cannot be combined with \(refused.0).")
    }
  }

  func run() throws {
    if let showAugmentation { return try drawSheet(OutputFile(showAugmentation, overwrites: overwrite)) }
    if findLearningRate { return try LearningRateSearch(newSession(), verbosity).run() }
    if let trainings = try severalTrainings() {
      return try SweepRun(trainings.sweep, verbosity, concurrency: nil).run()
    }
    let outcome = try (fineTunedTraining()?.run() ?? trainOnce())
    ProcessGroup.leave()
    if outcome.reason == .interrupted { throw ExitCode(Interruption.exitStatus) }
  }

  /// A training in one run folder, new or resumed.
  private func trainOnce() throws -> TrainingOutcome {
    let (session, folder) = try resume.map(resumedSession) ?? newRun()
    let view = ProcessGroup.communicator.isFirst ? try liveView(folder) : nil
    defer { view?.end() }
    let training = RunTraining(session: session, folder: folder, verbosity: verbosity)
    // Until the first checkpoint, the folder still holds the run to be replaced.
    return try training.run(live: view?.address, replacesRun: overwrite)
  }

  /// The training of a head and then of all layers, new or resumed; nil for another training.
  private func fineTunedTraining() throws -> FineTunedTraining? {
    guard let resume else {
      guard setup.features.tunes else { return nil }
      let configuration = try newConfiguration()
      let source = try setup.cachedSource(configuration, prints: prints)
      return try FineTunedTraining(configuration, source, verbosity, in: newFolder)
    }
    guard FineTunedTraining.isIn(resume) else { return nil }
    guard serve == nil else {
      throw ValidationError("--serve shows a single training, and \(resume) contains two.")
    }
    return try FineTunedTraining(resuming: resume, verbosity) { try changed(&$0) }
  }

  /// Draws some augmented samples of the training that the options describe.
  private func drawSheet(_ file: OutputFile) throws {
    guard file.isStream || file.path.hasSuffix(".png") else {
      throw ValidationError("--show-augmentation must end in .png.")
    }
    try file.check()
    for path in data { try file.check(isOutside: path) }
    let configuration = try newConfiguration()
    let source = try setup.cachedSource(configuration, prints: prints)
    let session = try TrainingSession(configuration, source: source, communicator: ProcessGroup.communicator)
    guard ProcessGroup.communicator.isFirst else { return }
    guard
      let sheet = try AugmentationSheet(
        session.training, configuration.data.augmentation, seed: configuration.seed)
    else { throw FileError(configuration.data.path, "has no samples that can be read among those drawn") }
    try sheet.write(to: file.prepared())
    Terminal.print(paragraph: "Wrote     \(file.path): \(counted(sheet.sampleCount, "sample")), augmented")
    try Terminal.confirm()
  }

  /// The trainings of several seeds or folds, new or resumed; nil for a single training.
  private func severalTrainings() throws -> SeedsTraining? {
    if let resume, SweepFolder.isSweep(resume) {
      guard serve == nil else {
        throw ValidationError("--serve shows a single training, and \(resume) contains several.")
      }
      return try SeedsTraining(resuming: resume, verbosity) { base in try changed(&base) }
    }
    guard resume == nil, seeding.option != nil else { return nil }
    let base = try newConfiguration()
    guard let configuration = seeding.configuration(base) else { return nil }
    return try SeedsTraining(
      configuration, try setup.cachedSource(base, prints: prints), verbosity, in: newFolder)
  }

  private func liveView(_ folder: RunFolder) throws -> LiveView? {
    do {
      return try serve.map { try LiveView(folder.report, on: $0.number) }
    } catch {
      folder.discardIfWithoutModel()
      throw error
    }
  }

  private func newRun() throws -> (TrainingSession, RunFolder) {
    let session = try newSession()
    return (session, try ProcessGroup.folder(newFolder))
  }

  private func newSession() throws -> TrainingSession {
    let configuration = try newConfiguration()
    let source = try setup.cachedSource(configuration, prints: prints)
    return try TrainingSession(configuration, source: source, communicator: ProcessGroup.communicator)
  }

  private func newConfiguration() throws -> TrainingConfiguration {
    var configuration = try setup.configuration(of: data)
    configuration.execution.tensorBoard = tensorboard ?? true
    try rates.apply(to: &configuration)
    return configuration
  }

  private func newFolder() throws -> RunFolder {
    try output.map { try RunFolder.at($0, overwrites: overwrite) } ?? RunFolder.next(in: "runs")
  }

  private func resumedSession(_ run: String) throws -> (TrainingSession, RunFolder) {
    let folder = try ProcessGroup.folder { try RunFolder.resuming(run) }
    let checkpoint = try Checkpoint(folder)
    var configuration = checkpoint.configuration
    let source = try changed(&configuration)
    let session = try TrainingSession(
      resuming: checkpoint, in: folder, configuration, source: source, communicator: ProcessGroup.communicator
    )
    return (session, folder)
  }

  /// Applies the options that may change when a run is resumed. Returns the cache, if there is one.
  private func changed(_ configuration: inout TrainingConfiguration) throws -> DataSource? {
    try setup.change(&configuration, data: data)
    configuration.execution.tensorBoard = tensorboard ?? configuration.execution.tensorBoard
    return try setup.cachedSource(configuration, prints: prints)
  }

  private var prints: Bool { verbosity != .silent }

  private var verbosity: TrainingDisplay.Verbosity {
    verbose.flatMap(TrainingDisplay.Verbosity.init) ?? (Terminal.isInteractive ? .bar : .lines)
  }
}
