import WhiskerData
import WhiskerNN
import WhiskerCore

/// A training that is ready to run: the dataset opened and split, the network built.
public final class TrainingSession {
  /// The configuration.
  public let configuration: TrainingConfiguration
  /// The dataset.
  public let source: DataSource
  private let split: DataSplit
  /// The network that is trained; after a backbone, the head.
  public let network: Network
  /// The sizes of the training samples, and their networks. The last one is `network`.
  private let stages: TrainingStages
  /// The network that is validated, where validation samples have another size than training samples.
  private let validationNetwork: Network?
  /// The frozen layers before the network, which compute the features that it is trained on; nil for a training on pictures.
  public let backbone: Backbone?
  /// The checkpoint that the training is resumed from; nil for a new run.
  public let resumed: Checkpoint?
  /// The command line that started the training, for `args.json`; empty for none.
  public var command: [String] = []
  /// A list of the dataset's files with known contents; nil for the run's own.
  var knownFiles: String?
  /// The names of settings in the run's files, such as the flags of a command line.
  public var settingName: @Sendable (Setting) -> String = ErrorText.name
  /// Whether this process paused the training, so that it goes on as if it had not.
  var isPausedHere = false
  /// The model whose weights the training starts from; nil for random ones.
  private var start: Model.TrainingSummary?
  /// The origin and the licence of the weights that the training started from.
  private(set) var weightsOrigin: (source: String?, license: String?)
  /// The cost of the all-reduce in the last run; nil for a single process.
  public private(set) var traffic: AllReduceStatistics?
  let origin: CacheOrigin
  let optimizer: any Optimizer
  let average: ExponentialMovingAverage?
  private let state: TrainingState
  private let communicator: any Communicator

  /// The samples that are trained on.
  public let training: SampleSet
  /// The samples that are held back.
  public var validation: SampleSet { split.validation }
  /// Whether the dataset has a validation split of its own.
  public var hasOwnValidation: Bool { split.isGiven }
  /// How many samples are copies of others. All copies of a sample are on one side of the split. 0 where the dataset has a
  /// validation split of its own.
  public var copyCount: Int { split.copyCount }
  /// The number of groups that the paths name, each of which is on one side of the split; nil without a pattern.
  public var groupCount: Int? { split.groupCount }
  /// What makes the accuracy on the held-out samples misleading.
  public var flaws: HeldOutFlaws { split.flaws }
  /// The share of the samples that is held back, in words: "20 % of each class".
  public var shareText: String { split.shareText }

  /// Opens the dataset and builds the network. No picture is decoded yet.
  /// - Parameter configuration: The configuration.
  /// - Parameter source: The dataset or its cache, if it is open already.
  /// - Parameter communicator: The processes that train together. All open the same data; the first one writes the run.
  /// - Throws: `FileError`, `NetworkError` or `TrainingError` when something does not fit.
  public convenience init(
    _ configuration: TrainingConfiguration, source: DataSource? = nil,
    communicator: any Communicator = SingleProcess()
  ) throws {
    try self.init(configuration, source: source, split: nil, resuming: nil, communicator: communicator)
  }

  /// Opens the dataset and resumes the run in `folder`.
  /// - Parameters:
  ///   - checkpoint: The run's checkpoint.
  ///   - folder: The run's folder from `RunFolder.resuming`.
  ///   - configuration: The run's configuration. Only the epochs, the patience and the execution may differ.
  ///   - source: The dataset or its cache, if it is open already.
  /// - Throws: As for a new training, and `FileError` when the data has changed or the training has ended.
  public convenience init(
    resuming checkpoint: Checkpoint, in folder: RunFolder, _ configuration: TrainingConfiguration,
    source: DataSource? = nil, communicator: any Communicator = SingleProcess()
  ) throws {
    try checkpoint.checkEnd(configuration, in: folder)
    try self.init(
      configuration, source: source, split: nil, resuming: (checkpoint, folder), communicator: communicator)
  }

  /// - Parameter split: The split of the configuration; nil to compute it.
  init(
    _ configuration: TrainingConfiguration, source opened: DataSource?, split: DataSplit?,
    resuming resumed: (checkpoint: Checkpoint, folder: RunFolder)?,
    communicator: any Communicator = SingleProcess()
  ) throws {
    (self.configuration, self.communicator) = (configuration, communicator)
    try Self.checkTrainingSizes(configuration)
    backbone = try configuration.openBackbone()
    weightsOrigin = (backbone?.source, backbone?.license)
    source = try opened ?? configuration.openSource(backbone)
    guard source.preprocessing == configuration.data.preprocessing else {
      throw TrainingError(
        "\(source.path) has the preprocessing \(source.preprocessing), but the configuration has "
          + "\(configuration.data.preprocessing): use that of the source")
    }
    if let kind = configuration.data.augmentation.kindForColor, source.preprocessing.channels == 1 {
      throw TrainingError(
        "the augmentation \(kind) changes colours, and the samples are gray: omit it, or set "
          + "\(Setting.colorMode) to \(Preprocessing.ColorMode.rgb.rawValue)")
    }
    guard source.preprocessing.features == nil || configuration.optimization.mixing == nil else {
      throw TrainingError("the samples are features, which mixup and CutMix cannot mix: omit them")
    }
    guard source.classNames.count > 1 else {
      throw FileError(
        configuration.data.place, "has only the class \(source.classNames.joined())",
        advice: "A classifier needs at least two classes: put the pictures into a folder per class")
    }
    guard source.classNames.count <= Model.classLimit else {
      throw FileError(
        configuration.data.place,
        "has \(source.classNames.count) classes, over the limit of \(Model.classLimit)",
        advice: "Is it the folder above the class folders?")
    }
    origin = CacheOrigin(of: source, options: configuration.data.options)
    try ProcessConsistency(origin).compare(over: communicator)
    if let resumed { try resumed.checkpoint.check(source, origin, in: resumed.folder) }
    self.split = try split ?? DataSplit(source, configuration, isResumed: resumed != nil)
    let sizes = configuration.data.trainingSizes
    let sets = sizes.isEmpty ? [self.split.training] : sizes.map(self.split.training.resized)
    training = sets[sets.count - 1]
    let validation = self.split.validation
    guard training.count > 0 else {
      throw FileError(configuration.data.place, "leaves no samples to train on")
    }
    try Self.checkAdaptation(configuration, validation, communicator)
    let batchSize = communicator.largestPart(
      of: configuration.optimization.batchSize,
      grain: max(configuration.model.network.samplesPerMask, configuration.optimization.mixing?.grain ?? 1))
    let capacity = min(batchSize, max(training.count, validation.count))
    let networks = try Self.networks(
      configuration, after: backbone, classCount: source.classNames.count, capacity: capacity)
    stages = TrainingStages(Array(zip(networks, sets)))
    network = stages.last.network
    validationNetwork = try Self.validationNetwork(configuration, of: network)
    try Self.checkClasses(configuration, self.split)
    network.initialize(seed: configuration.seed)
    optimizer = Self.optimizer(configuration, network)
    average = Self.average(configuration, network)
    state = resumed?.checkpoint.progress?.state ?? TrainingState(monitor: configuration.evaluation.monitor)
    self.resumed = resumed?.checkpoint
    guard let resumed, let progress = resumed.checkpoint.progress else { return }
    try restore(progress, in: resumed.folder)
  }

  /// Restores the weights, and the state of the optimizer and of the average.
  private func restore(_ progress: Checkpoint.Progress, in folder: RunFolder) throws {
    let model = try Model(folder.last)
    guard model.classNames == source.classNames else {
      throw FileError(
        folder.last, "has the classes \(model.classNames.joined(separator: ", ")), in this order",
        advice: "Is it the dataset that the run was trained on?")
    }
    try model.load(into: network)
    weightsOrigin = (model.summary.source, model.summary.license)
    if configuration.model.dropoutAdaptation != nil {
      try network.setDropout(
        model.specification.dropoutRates.suffix(network.specification.dropoutRates.count))
    }
    optimizer.restore(try model.tensors.stored(optimizer.state, prefix: Model.optimizerPrefix))
    optimizer.steps = progress.steps
    if let average {
      average.restore(try model.tensors.stored(average.state, prefix: Model.averagePrefix))
    }
  }

  /// Whether the training is resumed with its own weights.
  public var isContinued: Bool { resumed?.progress != nil }

  /// Starts from the weights of a trained model, unless the training is resumed with its own. They are measured first, and
  /// stay the best ones if no epoch is better.
  /// - Throws: `FileError` when they do not fit the network.
  public func start(from model: Model) throws {
    guard !isContinued else { return }
    let tensors = try model.foldedNetwork().tensors
    for (name, values) in network.values {
      guard let tensor = tensors[name], tensor.shape == values.shape else {
        throw FileError(
          model.path,
          "is not the model that the training started from: its \(name) is missing or has another shape")
      }
      values.assign(tensor)
    }
    start = model.summary
    weightsOrigin = (model.summary.source, model.summary.license)
  }

  /// Trains. The first process writes the run's files into `folder`; they are complete when this returns.
  /// - Parameters:
  ///   - folder: The run's folder.
  ///   - observers: Called in the first process, in this order, after the run's files were written.
  ///   - shouldStop: Called after every batch.
  ///   - observe: Called for every event in every process, after the observers.
  /// - Throws: What the trainer and the observers throw, and `FileError` when the run's files cannot be written.
  @discardableResult
  public func run(
    in folder: RunFolder, observers: [any TrainingObserver] = [], shouldStop: () -> Bool = { false },
    _ observe: (TrainingEvent) throws -> Void
  ) throws -> TrainingOutcome {
    let recorder = communicator.isFirst ? recorder(folder) : nil
    if let recorder { try begin([recorder] + observers, recorder) }
    communicator.barrier()
    let trainer = Trainer(
      stages, optimizer, average: average, validation: validation, options: trainerOptions, state: state)
    trainer.validationNetwork = validationNetwork
    trainer.best = try BestWeights(
      of: state, network, at: optimizer.steps, in: folder, communicator: communicator,
      measure: trainer.measureValidation)
    defer { traffic = trainer.traffic }
    return try trainer.run(shouldStop: shouldStop) { event in
      if let recorder {
        let context = { self.context(trainer.state, trainer.measurement, trainer.best, recorder) }
        if case .checkpoint = event {
          for observer in observers { try observer.prepareCheckpoint(context()) }
        }
        try recorder.observe(event, context())
        for observer in observers { try observer.observe(event, context()) }
      }
      try observe(event)
    }
  }

  /// Writes the files that a killed process has not written after its last checkpoint. Trains nothing.
  func settle(in folder: RunFolder, observers: [any TrainingObserver]) throws {
    let recorder = recorder(folder)
    try begin([recorder] + observers, recorder)
  }

  private func recorder(_ folder: RunFolder) -> RunRecorder {
    RunRecorder(folder, optimizer, average, knownFiles: knownFiles)
  }

  private func begin(_ observers: [any TrainingObserver], _ recorder: RunRecorder) throws {
    for observer in observers { try observer.begin(context(state, nil, nil, recorder)) }
  }

  private func context(
    _ state: TrainingState, _ evaluation: EvaluationResult?, _ best: BestWeights?, _ recorder: RunRecorder
  ) -> TrainingContext {
    TrainingContext(
      configuration: configuration, source: source, network: network, backbone: backbone,
      weightsOrigin: weightsOrigin, steps: optimizer.steps,
      isInPlace: recorder.isInPlace, arguments: arguments,
      beginning: resumed == nil ? .new : isPausedHere ? .continued : .resumed,
      split: split, state: state, lastEvaluation: evaluation, best: best, settingName: settingName)
  }

  /// The contents of `args.json`.
  private lazy var arguments = Checkpoint.Arguments(
    commands: (resumed?.arguments.commands ?? []) + (command.isEmpty ? [] : [command]), origin: origin,
    configuration: configuration)

  var trainerOptions: Trainer.Options {
    var options = Trainer.Options()
    options.epochs = configuration.optimization.epochs
    options.batchSize = configuration.optimization.batchSize
    options.seed = configuration.seed
    options.schedule = configuration.optimization.schedule
    options.dropoutAdaptation = configuration.model.dropoutAdaptation
    options.monitor = configuration.evaluation.monitor
    options.patience = configuration.evaluation.patience
    options.validateEvery = configuration.evaluation.validateEvery
    options.checkpointEvery = configuration.execution.checkpointEvery
    // A checkpoint holds the backbone, which takes longer to write than a head to train for an epoch.
    options.checkpointInterval = backbone == nil ? .zero : .seconds(1)
    options.classWeights = configuration.optimization.classWeights == .balanced ? balancedWeights : nil
    options.labelSmoothing = configuration.optimization.labelSmoothing
    options.mixing = configuration.optimization.mixing ?? SampleMixing()
    options.clipNorm = configuration.optimization.clipNorm
    options.readAhead = configuration.readAhead
    options.policy = configuration.data.onError
    options.augmentation = configuration.data.augmentation
    options.communicator = communicator
    options.start = start
    return options
  }

  /// Samples / (classes * samples of the class); 0 for a class without samples.
  private var balancedWeights: [Double] {
    let counts = training.classCounts
    let present = counts.count { $0 > 0 }
    return counts.map { $0 > 0 ? Double(training.count) / Double(present * $0) : 0 }
  }
}
