import WhiskerData

/// The training of all layers on pictures, which follows the training of a head on the features of a backbone.
public struct FineTuning: Sendable, Codable, Equatable {
  /// The passes over the training samples, at least 1.
  public var epochs: Int
  /// The highest learning rate, above 0: it rises to this rate, and falls to 0 as half a cosine.
  public var learningRate: Double
  /// The samples of a step, at least 1.
  public var batchSize: Int
  /// How the training samples are augmented.
  public var augmentation: Augmentation
  /// The path of the backbone whose layers are trained; nil before the head is trained.
  var backbone: String?
  /// The preprocessing of the pictures, whose input is the backbone's; nil for that of the backbone.
  public var preprocessing: Preprocessing?

  /// The samples of a step by default: those of one block, whose activations are a large part of the memory.
  public static let defaultBatchSize = 16
  /// The most memory for decoded pictures, in bytes.
  static let pictureMemory = 64 << 20
  /// The fraction of the steps in which the learning rate rises.
  static let warmup = 0.1

  /// - Parameter augmentation: How the training samples are augmented; by default half of them are mirrored.
  public init(
    epochs: Int, learningRate: Double, batchSize: Int = defaultBatchSize,
    augmentation: Augmentation = FineTuning.defaultAugmentation
  ) {
    (self.epochs, self.learningRate, self.batchSize) = (epochs, learningRate, batchSize)
    self.augmentation = augmentation
  }

  /// Mirrors half of the samples.
  public static var defaultAugmentation: Augmentation {
    var augmentation = Augmentation()
    augmentation.flip = Augmentation.Kind.flip.defaultStrength
    return augmentation
  }

  /// Whether every number is in its range, which may not be so in a damaged file.
  var isValid: Bool {
    TrainingConfiguration.epochRange.contains(epochs)
      && TrainingConfiguration.batchSizeRange.contains(batchSize)
      && learningRate > 0
  }
}

extension TrainingConfiguration {
  /// Whether this is the training of all layers, and not that of a head before it.
  public var isFineTuning: Bool { fineTuning != nil && model.backbone == nil }

  /// The memory for decoded pictures, in bytes. In fine-tuning, to decode them again takes little of the time.
  var pictureMemory: Int {
    isFineTuning ? min(execution.cacheMemory, FineTuning.pictureMemory) : execution.cacheMemory
  }

  /// The training of all layers of the best model of this training of a head, as that of a single network.
  /// - Throws: `FileError` when the model is damaged.
  public func tuning(from head: WhiskerTraining.Model) throws -> TrainingConfiguration {
    guard let fineTuning else { preconditionFailure("the configuration must ask for fine-tuning") }
    var tuned = self
    tuned.fineTuning?.backbone = model.backbone
    (tuned.model.backbone, tuned.model.network) = (nil, try head.foldedNetwork().specification)
    (tuned.data.preprocessing, tuned.data.cache) = (
      fineTuning.preprocessing ?? head.preprocessing, nil
    )
    tuned.data.augmentation = fineTuning.augmentation
    tuned.optimization.epochs = fineTuning.epochs
    tuned.optimization.batchSize = fineTuning.batchSize
    tuned.optimization.learningRate = fineTuning.learningRate
    tuned.optimization.schedule = .cosine(alpha: 0, warmup: FineTuning.warmup)
    tuned.evaluation.patience = nil
    return tuned
  }
}
