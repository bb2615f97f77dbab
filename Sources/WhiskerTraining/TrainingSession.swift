import WhiskerData
import WhiskerNN
import WhiskerTensor

/// A training that is ready to run: the data set opened and split, the network built.
public final class TrainingSession {
  /// What is wanted.
  public let configuration: TrainingConfiguration
  /// The data set.
  public let source: DataSource
  /// The samples that are trained on.
  public let training: SampleSet
  /// The samples that are held back.
  public let validation: SampleSet
  /// Whether the data set has a validation part of its own.
  public let hasOwnValidation: Bool
  /// How many samples are copies of others, all copies of one being on one side of the split; 0 where the data set has
  /// a validation part of its own.
  public let copyCount: Int
  /// The network that is trained.
  public let network: Network
  /// What the run that is resumed has kept; nil for a new one.
  public let resumed: Checkpoint?
  /// What was typed to start the training, as the report tells it; empty for what was not typed.
  public var command: [String] = []
  /// A list of the data set's files whose contents are known; nil where only the run's own may be.
  var knownFiles: String?
  /// Whether this process paused the training, so that it goes on as if it had not.
  var isPausedHere = false
  /// Whether the run keeps a page to look at.
  var keepsPage = true
  /// What adding up gradients cost the last run of several processes; nil for one.
  public private(set) var traffic: GradientTraffic?
  /// What came of the last run; nil before its end, and in every process but the first.
  public private(set) var verdict: TrainingVerdict?
  let origin: CacheOrigin
  let optimizer: any Optimizer
  let average: WeightAverage?
  private let state: TrainingState
  private let job: any Communicator

  /// Opens the data set and builds the network. No picture is decoded yet.
  /// - Parameter configuration: What is wanted.
  /// - Parameter source: The data set, or a cache of it, where it is open already.
  /// - Parameter job: The processes that train together. All open the same data, and the first one keeps the run.
  /// - Throws: `FileError`, `NetworkError` or `TrainingError` when something does not fit.
  public convenience init(
    _ configuration: TrainingConfiguration, source: DataSource? = nil,
    job: any Communicator = SingleProcess()
  ) throws {
    try self.init(configuration, source: source, split: nil, resuming: nil, job: job)
  }

  /// Opens the data set and goes on where the run in `folder` stopped.
  /// - Parameters:
  ///   - checkpoint: What the run has kept.
  ///   - folder: That of the run, taken with `RunFolder.resuming`.
  ///   - configuration: What it was asked for, save for what may change: the number of epochs, and how it is computed.
  ///   - source: The data set, or a cache of it, where it is open already.
  /// - Throws: As for a new training, and `FileError` when the data has changed or the run has come to its end.
  public convenience init(
    resuming checkpoint: Checkpoint, in folder: RunFolder, _ configuration: TrainingConfiguration,
    source: DataSource? = nil, job: any Communicator = SingleProcess()
  ) throws {
    try checkpoint.checkEnd(configuration, in: folder)
    try self.init(
      configuration, source: source, split: nil, resuming: (checkpoint, folder), job: job)
  }

  /// - Parameter split: The split of the data set that the configuration asks for; nil to make it.
  init(
    _ configuration: TrainingConfiguration, source opened: DataSource?, split: DataSplit?,
    resuming resumed: (checkpoint: Checkpoint, folder: RunFolder)?, job: any Communicator = SingleProcess()
  ) throws {
    (self.configuration, self.job) = (configuration, job)
    source = try opened ?? configuration.openSource()
    guard source.preprocessing == configuration.preprocessing else {
      throw TrainingError(
        "\(source.path) holds pictures of \(source.preprocessing), and wanted are \(configuration.preprocessing): "
          + "take the preprocessing of the data")
    }
    guard source.classNames.count > 1 else {
      throw FileError(
        configuration.data, "has only the class \(source.classNames.joined())",
        advice: "There is nothing to tell apart: put the pictures into a folder per class")
    }
    guard source.classNames.count <= Model.classLimit else {
      throw FileError(
        configuration.data, "has \(source.classNames.count) classes, over the limit of \(Model.classLimit)",
        advice: "Is it the folder above the class folders?")
    }
    origin = CacheOrigin(of: source, options: configuration.dataOptions)
    try MemberReport(origin).compare(over: job)
    if let resumed { try resumed.checkpoint.check(source, origin, in: resumed.folder) }
    hasOwnValidation = source.parts[.validation] != nil
    let split = try split ?? DataSplit(source, configuration)
    (training, validation, copyCount) = (split.training, split.validation, split.copyCount)
    guard training.count > 0 else { throw FileError(configuration.data, "leaves no samples to train on") }
    try Self.checkAdaptation(configuration, validation, job)
    let batchSize = job.largestPart(
      of: configuration.batchSize, grain: configuration.network.samplesPerMask)
    let capacity = min(batchSize, max(training.count, validation.count))
    network = try Self.network(configuration, classCount: source.classNames.count, capacity: capacity)
    try Self.checkClasses(configuration, split, hasOwnValidation: hasOwnValidation)
    network.initialize(seed: configuration.seed)
    optimizer = Self.optimizer(configuration, network)
    average = Self.average(configuration, network)
    state = resumed?.checkpoint.progress?.state ?? TrainingState(monitor: configuration.monitor)
    self.resumed = resumed?.checkpoint
    guard let resumed, let progress = resumed.checkpoint.progress else { return }
    try restore(progress, in: resumed.folder)
  }

  /// Takes over the weights, and what the optimizer and the average remember.
  private func restore(_ progress: Checkpoint.Progress, in folder: RunFolder) throws {
    let model = try Model(folder.last)
    guard model.classNames == source.classNames else {
      throw FileError(
        folder.last, "has the classes \(model.classNames.joined(separator: ", ")), in this order",
        advice: "Is it the data set that the run was trained on?")
    }
    try model.load(into: network)
    if configuration.dropoutAdaptation != nil {
      try network.setDropout(model.specification.dropoutRates)
    }
    optimizer.restore(try model.tensors.stored(optimizer.state, prefix: RunRecorder.optimizerPrefix))
    optimizer.steps = progress.steps
    if let average {
      average.restore(try model.tensors.stored(average.state, prefix: RunRecorder.averagePrefix))
    }
  }

  /// Trains, keeping the run's files in `folder`, which the first process does, and telling `observe` what happens.
  /// - Parameter folder: Where the files are kept.
  /// - Parameter shouldStop: Asked after every batch; the run's files are complete when this returns.
  /// - Parameter observe: Told what happens, in order.
  /// - Throws: What the trainer throws, and `FileError` when the run's files cannot be written.
  @discardableResult
  public func run(
    in folder: RunFolder, shouldStop: () -> Bool = { false }, _ observe: (TrainingEvent) throws -> Void
  ) throws -> TrainingOutcome {
    let recorder = job.isFirst ? RunRecorder(self, folder) : nil
    try recorder?.begin(state)
    job.meet()
    let trainer = Trainer(
      network, optimizer, average: average, training: training, validation: validation,
      options: trainerOptions, state: state)
    trainer.best = try BestWeights(
      of: state, network, at: optimizer.steps, in: folder, job: job, measure: trainer.measureValidation)
    defer { traffic = trainer.traffic }
    let outcome = try trainer.run(shouldStop: shouldStop) { event in
      try recorder?.record(event, trainer.state, last: trainer.measurement, best: trainer.best)
      try observe(event)
    }
    guard job.isFirst else { return outcome }
    verdict = TrainingVerdict(
      RunVerdict(self, path: folder.path, trainer.state, .ended(outcome), trainer.best))
    return outcome
  }

  /// The classes of which a notable share of the files could not be read.
  func skippedClasses(_ failures: [SampleFailure]) -> [SkippedClass] {
    SkippedClass.notable(failures, in: [training, validation])
  }

  /// Writes what a kill kept from being written after the weights that the training goes on from, and trains nothing.
  func settle(in folder: RunFolder) throws { try RunRecorder(self, folder).begin(state) }

  private var trainerOptions: Trainer.Options {
    var options = Trainer.Options()
    options.epochs = configuration.epochs
    options.batchSize = configuration.batchSize
    options.seed = configuration.seed
    options.schedule = configuration.schedule
    options.dropoutAdaptation = configuration.dropoutAdaptation
    options.monitor = configuration.monitor
    options.patience = configuration.patience
    options.validateEvery = configuration.validateEvery
    options.checkpointEvery = configuration.checkpointEvery
    options.classWeights = configuration.classWeights == .balanced ? balancedWeights : nil
    options.lanes = configuration.lanes
    options.policy = configuration.onError
    options.augmentation = configuration.augmentation
    options.job = job
    return options
  }

  /// Samples / (classes * samples of the class); 0 for a class without samples.
  private var balancedWeights: [Double] {
    let counts = training.classCounts
    let present = counts.count { $0 > 0 }
    return counts.map { $0 > 0 ? Double(training.count) / Double(present * $0) : 0 }
  }
}
