import ArgumentParser
import WhiskerData
import WhiskerTensor
import WhiskerTraining

/// What is trained and how, the same for one training and for many.
struct TrainingSetup: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "In place of DATA: noise is 2,000 random pictures, each with a random label of two, made from --seed. The training "
        + "accuracy climbs as they are learned by heart, the validation accuracy stays at chance. (The tutorial's own label "
        + "code gives an array of 28 x 28; here every picture has its label.) (default: none)",
      valueName: "kind"))
  var synthetic: SyntheticKind?

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
      "Train from this tensor cache of DATA, made first where it is missing or stale (see whisker preprocess). A run that "
        + "is resumed uses its own, and makes it only where this names it. (default: none)",
      valueName: "file"), completion: .file(extensions: ["safetensors"]))
  var cache: String?

  @Option(help: ArgumentHelp("What to do about a picture that cannot be read.", valueName: "policy"))
  var onError = BatchStream.ErrorPolicy.skip

  func validate() throws {
    let namesClasses = naming.labels != nil || naming.classNames != nil || naming.labelsFromNames
    guard synthetic == nil || (cache == nil && !namesClasses) else {
      throw ValidationError(
        "--synthetic has no use for --cache, --labels, --class-names or --labels-from-names.")
    }
    guard cache?.hasSuffix(".safetensors") ?? true else {
      throw ValidationError("--cache names a file that ends in .safetensors.")
    }
  }

  /// - Throws: `ValidationError` unless there is one data set.
  func check(_ data: String?) throws {
    guard data != nil || synthetic != nil else {
      throw ValidationError("Missing expected argument '<data>'.")
    }
    guard data == nil || synthetic == nil else {
      throw ValidationError("--synthetic makes up the pictures, so that <data> is too much.")
    }
  }

  /// What is asked for, on the data set at `path`.
  func configuration(of path: String?) throws -> TrainingConfiguration {
    let data = path ?? synthetic?.rawValue ?? ""
    var configuration = TrainingConfiguration(data: data, cores: Ranks.cores)
    configuration.synthetic = synthetic?.data(seed: training.seed)
    try training.apply(to: &configuration)
    configuration.preprocessing =
      try path.map { try pictures.preprocessing(for: $0) } ?? pictures.preprocessing(over: Preprocessing())
    configuration.labels = naming.labels
    configuration.classNames = naming.classNames?.names
    configuration.labelsFromNames = naming.labelsFromNames ? true : nil
    configuration.allowsEmptyClasses = naming.allowEmptyClasses
    configuration.followsLinks = naming.followLinks
    configuration.onError = onError
    configuration.maximumPixels = reading.maxPixels
    configuration.allowsTruncated = reading.allowTruncated
    configuration.cache = cache
    share(&configuration)
    applyComputing(to: &configuration)
    return configuration
  }

  /// Writes what may change when a run is resumed.
  /// - Parameter data: Where the data has moved to; nil where it has not.
  /// - Throws: `ValidationError` for the place of pictures that are made up.
  func change(_ configuration: inout TrainingConfiguration, data: String?) throws {
    guard data == nil || configuration.synthetic == nil else {
      throw ValidationError("The run's --synthetic pictures are made up, so that <data> is too much.")
    }
    configuration.data = data ?? configuration.data
    configuration.cache = cache ?? configuration.cache
    // The run may have come from another machine, or from one of several processes.
    share(&configuration)
    configuration.epochs = training.epochs ?? configuration.epochs
    configuration.patience = training.patience ?? configuration.patience
    configuration.checkpointEvery = training.checkpointEvery ?? configuration.checkpointEvery
    applyComputing(to: &configuration)
  }

  /// The cache of the data; nil where none is wanted. One that was named on the command line is made, or made again,
  /// where that is needed; the record of a run may be somebody else's, and names nothing that is to be written.
  /// - Throws: `FileError` when only the record of a run names a cache that would have to be made.
  func cachedSource(_ configuration: TrainingConfiguration, tells: Bool) throws -> DataSource? {
    guard let path = configuration.cache else { return nil }
    let options = configuration.dataOptions
    let source = try DataSource.open(configuration.data, configuration.preprocessing, options: options)
    guard source.kind != .cache else {
      throw ValidationError("--cache goes with pictures or IDX files, and \(source.path) is a cache itself.")
    }
    let lanes = BatchStream.Lanes(count: configuration.workers, depth: configuration.prefetch)
    let preprocessor = Preprocessor(source, options: options, lanes: lanes, policy: configuration.onError)
    Interruption.listen()
    if Ranks.job.isFirst {
      try cache == nil
        ? checkCache(path, preprocessor) : CacheMaker(preprocessor, tells: tells).make(at: path)
    }
    Ranks.job.meet()
    var openingOptions = options
    openingOptions.labelsPath = nil
    openingOptions.labelsFromNames = false
    return try DataSource.open(path, configuration.preprocessing, options: openingOptions)
  }

  /// - Throws: `FileError` when the cache of a run that is resumed is missing or stale.
  private func checkCache(_ path: String, _ preprocessor: Preprocessor) throws {
    guard let reason = try preprocessor.reasonToMake(at: path) else { return }
    throw FileError(
      path, "is the cache that the run was trained from, and cannot be used: \(reason)",
      advice: "To make it, name it: --cache \(ShellWords([path]).text)")
  }

  /// Writes what this process has of its machine.
  private func share(_ configuration: inout TrainingConfiguration) {
    (configuration.workers, configuration.threads) = (Ranks.cores, Ranks.cores)
    configuration.cacheMemory = MemoryBudget.automatic / Ranks.localCount
    configuration.processes = Ranks.job.isAlone ? nil : Ranks.job.size
  }

  /// What changes nothing about the result.
  private func applyComputing(to configuration: inout TrainingConfiguration) {
    configuration.workers = reading.workers ?? configuration.workers
    configuration.prefetch = reading.prefetch ?? configuration.prefetch
    configuration.threads = computing.threads ?? configuration.threads
    configuration.cacheMemory = cacheMemory?.bytes ?? configuration.cacheMemory
  }
}

/// Data sets that are made up, as `--synthetic` names them.
enum SyntheticKind: String, Choice {
  case noise

  func data(seed: UInt64) -> SyntheticData { .noise(seed: seed) }
}
