import WhiskerCore
import WhiskerData
import WhiskerNN

/// The versions of a configuration in `args.json` and `results.json`. This file is the only one that knows older versions.
extension TrainingConfiguration: Codable {
  /// The version that is written.
  private static let version = 2

  private enum Key: CodingKey {
    case version, data, model, optimization, evaluation, execution, seed, fineTuning
  }

  /// Writes the current version.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(Self.version, forKey: .version)
    try container.encode(data, forKey: .data)
    try container.encode(model, forKey: .model)
    try container.encode(optimization, forKey: .optimization)
    try container.encode(evaluation, forKey: .evaluation)
    try container.encode(execution, forKey: .execution)
    try container.encode(seed, forKey: .seed)
    try container.encodeIfPresent(fineTuning, forKey: .fineTuning)
  }

  /// Reads the current version or an older one.
  /// - Throws: `DecodingError` when the configuration is damaged; `TrainingError` when a later version wrote it.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    switch try container.decodeIfPresent(Int.self, forKey: .version) ?? 1 {
    case 1: self = try FlatConfiguration(from: decoder).configuration
    case Self.version:
      data = try container.decode(Data.self, forKey: .data)
      model = try container.decode(Model.self, forKey: .model)
      optimization = try container.decode(Optimization.self, forKey: .optimization)
      evaluation = try container.decode(Evaluation.self, forKey: .evaluation)
      execution = try container.decode(Execution.self, forKey: .execution)
      seed = try container.decode(UInt64.self, forKey: .seed)
      fineTuning = try container.decodeIfPresent(FineTuning.self, forKey: .fineTuning)
    case let version:
      guard version > Self.version else {
        throw DecodingError.dataCorruptedError(
          forKey: .version, in: container, debugDescription: "there is no version \(version)")
      }
      throw TrainingError("a later version of Whisker wrote it; update Whisker")
    }
  }
}

/// Version 1, which has no key `version` and no groups.
private struct FlatConfiguration: Decodable {
  let data: String
  let synthetic: SyntheticData?
  let cache: String?
  let labels: String?
  let preprocessing: Preprocessing
  let network: NetworkSpecification
  let validationSplit: Double?
  let epochs: Int
  let batchSize: Int
  let optimizer: OptimizerKind
  let learningRate: Double
  let momentum: Double
  let seed: UInt64
  let splitSeed: UInt64?
  let schedule: LearningRateSchedule
  let weightDecay: Double?
  let dropoutAdaptation: DropoutAdaptation?
  let averageMomentum: Double?
  let validateEvery: Int?
  let checkpointEvery: Int?
  let monitor: Monitor?
  let patience: Int?
  let classWeights: TrainingConfiguration.ClassWeights
  let augmentation: Augmentation
  let classNames: [String]?
  let labelsFromNames: Bool?
  let allowsEmptyClasses: Bool
  let followsLinks: Bool
  let onError: BatchStream.ErrorPolicy
  let maximumPixels: Int
  let allowsTruncated: Bool
  let workers: Int
  let prefetch: Int?
  let cacheMemory: Int
  let threads: Int
  let processes: Int?
  let tensorBoard: Bool?

  var configuration: TrainingConfiguration {
    var new = TrainingConfiguration(data: data, cores: threads)
    (new.data.synthetic, new.data.cache, new.data.labels) = (synthetic, cache, labels)
    (new.data.labelsFromNames, new.data.classNames) = (labelsFromNames ?? false, classNames)
    (new.data.allowsEmptyClasses, new.data.followsLinks) = (allowsEmptyClasses, followsLinks)
    (new.data.onError, new.data.maximumPixels, new.data.allowsTruncated) = (
      onError, maximumPixels, allowsTruncated
    )
    (new.data.preprocessing, new.data.augmentation) = (preprocessing, augmentation)
    (new.data.validationSplit, new.data.splitSeed) = (validationSplit, splitSeed)
    (new.model.network, new.model.dropoutAdaptation) = (network, dropoutAdaptation)
    (new.optimization.epochs, new.optimization.batchSize) = (epochs, batchSize)
    (new.optimization.optimizer, new.optimization.learningRate) = (optimizer, learningRate)
    (new.optimization.momentum, new.optimization.weightDecay) = (momentum, weightDecay ?? 0)
    (new.optimization.schedule, new.optimization.averageMomentum) = (schedule, averageMomentum)
    new.optimization.classWeights = classWeights
    (new.evaluation.monitor, new.evaluation.patience) = (monitor ?? .validationLoss, patience)
    new.evaluation.validateEvery = validateEvery
    (new.execution.workers, new.execution.prefetch) = (workers, prefetch)
    (new.execution.cacheMemory, new.execution.processes) = (cacheMemory, processes ?? 1)
    (new.execution.checkpointEvery, new.execution.tensorBoard) = (checkpointEvery, tensorBoard ?? true)
    new.seed = seed
    return new
  }
}
