import ArgumentParser
import WhiskerData
import WhiskerCore
import WhiskerTraining

/// The options that `train` and `sweep` share.
struct TrainingSetup: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Generate the dataset instead of reading DATA: noise is 2,000 random pictures with random labels of "
        + "two classes, from --seed. A network can only overfit: the training accuracy rises, the validation "
        + "accuracy stays at chance. (default: off)", valueName: "kind"))
  var synthetic: SyntheticKind?

  @OptionGroup(title: "Training")
  var training: TrainingOptions

  @OptionGroup(title: "Training")
  var features: BackboneOptions

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
      "Memory for decoded pictures, such as 512MB or 2GB, so that only the first epoch decodes. (default: a "
        + "quarter of the machine's memory)", valueName: "size"))
  var cacheMemory: ByteCount?

  @Option(
    help: ArgumentHelp(
      "Train from this tensor cache of DATA, which is built or rebuilt as needed (see whisker preprocess). "
        + "A resumed run uses its own cache, and rebuilds it only if this option names it. (default: none)",
      valueName: "file"), completion: .file(extensions: ["safetensors"]))
  var cache: String?

  @Flag(
    help: ArgumentHelp(
      "Compute the activations of layers again in the backward pass, instead of keeping all of them: less memory, a "
        + "third more time, the same model."))
  var recompute = false

  @Option(help: ArgumentHelp("Skip unreadable pictures, or fail.", valueName: "policy"))
  var onError = BatchStream.ErrorPolicy.skip

  func validate() throws {
    let namesClasses =
      naming.labels != nil || naming.classNames != nil || naming.labelsFromNames || naming.classes != nil
    guard synthetic == nil || (cache == nil && !namesClasses && naming.exclude == nil) else {
      throw ValidationError(
        "--synthetic cannot be combined with --cache, --classes, --labels, --class-names, --labels-from-names or --exclude."
      )
    }
    guard cache?.hasSuffix(".safetensors") ?? true else {
      throw ValidationError("--cache must end in .safetensors.")
    }
  }

  /// Checks the options of a new training.
  /// - Throws: `ValidationError` unless there is exactly one dataset, and the options go with the backbone.
  func check(_ data: [String]) throws {
    guard !data.isEmpty || synthetic != nil else {
      throw ValidationError("Missing expected argument '<data>'.")
    }
    guard data.isEmpty || synthetic == nil else {
      throw ValidationError("--synthetic generates the dataset: remove <data>.")
    }
    try features.check(training)
  }

  /// The configuration for the datasets at `paths`.
  func configuration(of paths: [String]) throws -> TrainingConfiguration {
    let path = paths.first
    let data = path ?? synthetic?.rawValue ?? ""
    var configuration = TrainingConfiguration(data: data, cores: ProcessGroup.cores)
    configuration.data.synthetic = synthetic?.data(seed: training.seed)
    try training.apply(to: &configuration)
    let crops = configuration.data.augmentation.randomResizedCrop != nil
    let trainingSize = configuration.data.trainingSizes.max { $0.height * $0.width < $1.height * $1.width }
    let usual = training.network.flatMap { NetworkName($0).preprocessing } ?? Preprocessing()
    configuration.data.preprocessing =
      try path.map {
        try pictures.preprocessing(for: $0, over: usual, crops: crops, trainingSize: trainingSize)
      } ?? pictures.preprocessing(over: usual, crops: crops, trainingSize: trainingSize)
    try features.apply(to: &configuration, pictures, training)
    configuration.data.furtherPaths = paths.count > 1 ? Array(paths.dropFirst()) : nil
    configuration.data.classChanges = try naming.classes.map { try ClassChanges($0) }
    configuration.data.labels = naming.labels
    configuration.data.classNames = naming.classNames?.names
    configuration.data.labelsFromNames = naming.labelsFromNames
    configuration.data.pathColumn = naming.pathColumn
    configuration.data.labelColumn = naming.labelColumn
    configuration.data.allowsEmptyClasses = naming.allowEmptyClasses
    configuration.data.followsLinks = naming.followLinks
    configuration.data.excluded = try naming.excluded(of: paths)
    configuration.data.onError = onError
    configuration.data.maximumPixels = reading.maxPixels
    configuration.data.allowsTruncated = reading.allowTruncated
    configuration.data.cache = cache
    share(&configuration)
    applyComputing(to: &configuration)
    return configuration
  }

  /// Applies the options that may change when a run is resumed.
  /// - Parameter data: The new paths of the data; empty if they have not moved.
  /// - Throws: `ValidationError` for a path of generated data, and for another number of paths.
  func change(_ configuration: inout TrainingConfiguration, data: [String]) throws {
    guard data.isEmpty || configuration.data.synthetic == nil else {
      throw ValidationError("The run was trained with --synthetic: remove <data>.")
    }
    if let path = data.first {
      let paths = configuration.data.paths
      guard data.count == paths.count else {
        throw ValidationError(
          "The run was trained on \(counted(paths.count, "dataset")): name the new place of each, in the same order."
        )
      }
      configuration.data.path = path
      configuration.data.furtherPaths = data.count > 1 ? Array(data.dropFirst()) : nil
    }
    configuration.data.cache = cache ?? configuration.data.cache
    if !configuration.isFineTuning {
      configuration.model.backbone = features.backbone ?? configuration.model.backbone
    }
    // The run may be from another machine, or another number of processes.
    share(&configuration)
    configuration.optimization.epochs = training.epochs ?? configuration.optimization.epochs
    configuration.evaluation.patience = training.patience ?? configuration.evaluation.patience
    configuration.execution.checkpointEvery =
      training.checkpointEvery ?? configuration.execution.checkpointEvery
    applyComputing(to: &configuration)
  }

  /// The cache of the data; nil for none. A cache that the command line names is built or rebuilt as needed. The record of a
  /// run may be from an untrusted source, so a cache that only the record names is never written.
  /// - Throws: `FileError` when a cache that only the record names is missing or stale.
  func cachedSource(_ configuration: TrainingConfiguration, prints: Bool) throws -> DataSource? {
    guard let path = configuration.data.cache else { return nil }
    let options = configuration.data.options
    let source = try configuration.openSource()
    guard source.kind != .cache else {
      throw ValidationError("--cache requires pictures or IDX files, and \(source.path) is a cache.")
    }
    let readAhead = ReadAhead(
      workers: configuration.execution.workers, depth: configuration.execution.prefetch)
    let builder = CacheBuilder(
      source, options: options, readAhead: readAhead, policy: configuration.data.onError)
    Interruption.listen()
    if ProcessGroup.communicator.isFirst {
      try cache == nil
        ? checkCache(path, builder) : CacheDisplay(builder, isSilent: !prints).build(at: path)
    }
    ProcessGroup.communicator.barrier()
    var openingOptions = options
    openingOptions.labelsPath = nil
    (openingOptions.furtherPaths, openingOptions.classChanges) = ([], nil)
    openingOptions.labelsFromNames = false
    // They are not in the cache.
    openingOptions.excluded = []
    return try DataSource.open(path, configuration.data.preprocessing, options: openingOptions)
  }

  /// - Throws: `FileError` when the cache of a resumed run is missing or stale.
  private func checkCache(_ path: String, _ builder: CacheBuilder) throws {
    guard let reason = try builder.reasonToMake(at: path) else { return }
    throw FileError(
      path, "is the cache of the run and cannot be used: \(reason)",
      advice: "Rebuild it with --cache \(ShellWords([path]).text)")
  }

  /// Sets threads and memory to this process's portion of the machine.
  private func share(_ configuration: inout TrainingConfiguration) {
    configuration.execution.workers = ReadAhead.workers(for: ProcessGroup.cores)
    configuration.execution.threads = ProcessGroup.cores
    configuration.execution.cacheMemory = MemoryBudget.automatic / ProcessGroup.localCount
    configuration.execution.processes = ProcessGroup.communicator.size
  }

  /// Applies options that do not change the result.
  private func applyComputing(to configuration: inout TrainingConfiguration) {
    configuration.execution.workers = reading.workers ?? configuration.execution.workers
    configuration.execution.prefetch = reading.prefetch ?? configuration.execution.prefetch
    configuration.execution.threads = computing.threads ?? configuration.execution.threads
    configuration.execution.cacheMemory = cacheMemory?.bytes ?? configuration.execution.cacheMemory
    if recompute { configuration.execution.recomputes = true }
  }
}

/// A kind of generated dataset.
enum SyntheticKind: String, Choice {
  case noise

  func data(seed: UInt64) -> SyntheticData { .noise(seed: seed) }
}
