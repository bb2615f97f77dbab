import WhiskerData
import WhiskerNN

/// Everything that decides a training: what a run's `args.json` holds.
public struct TrainingConfiguration: Sendable, Codable, Equatable {
  /// How gradients become steps.
  public enum OptimizerName: String, Sendable, Codable, CaseIterable {
    /// Adam, or AdamW where there is weight decay.
    case adam
    /// Stochastic gradient descent with momentum.
    case sgd

    /// Keras's default learning rate for it.
    public var defaultLearningRate: Double { self == .adam ? 0.001 : 0.01 }
  }

  /// What the loss of a sample counts.
  public enum ClassWeights: String, Sendable, Codable, CaseIterable {
    /// The same for every sample.
    case none
    /// In inverse proportion to the size of its class: samples / (classes * samples of the class).
    case balanced
  }

  /// The path of the data set.
  public var data: String
  /// The data set that is made up; nil for the one at the path.
  public var synthetic: SyntheticData?
  /// The tensor cache of the data set that is trained from; nil for the data set itself.
  public var cache: String?
  /// The labels' file of an IDX file of images, where its name does not tell.
  public var labels: String?
  /// What pictures are turned into.
  public var preprocessing = Preprocessing()
  /// The layers.
  public var network = NetworkPreset.dropoutCNN.specification
  /// The share of each class that is held back; nil for 0.2, or for the data set's own validation part.
  public var validationSplit: Double?
  /// The passes over the training samples, at least 1.
  public var epochs = 10
  /// The samples of a step, at least 1.
  public var batchSize = 128
  /// How gradients become steps.
  public var optimizer = OptimizerName.adam
  /// The size of a step, above 0.
  public var learningRate = OptimizerName.adam.defaultLearningRate
  /// Of SGD; Adam has none.
  public var momentum = 0.9
  /// Decides the split, the first weights, the order, the augmentation and the dropout.
  public var seed: UInt64 = 0
  /// What decides the split; nil for the seed.
  public var splitSeed: UInt64?
  /// How the learning rate changes in the course of the training.
  public var schedule = LearningRateSchedule.constant
  /// The share of a weight that a step takes away, times the learning rate; nil for none.
  public var weightDecay: Double?
  /// How the dropout rates follow the training, from those of the network on; nil where they stay.
  public var dropoutAdaptation: DropoutAdaptation?
  /// The momentum of the moving average of the weights that is kept beside them; nil for none.
  public var averageMomentum: Double?
  /// The steps between validations in the midst of epochs; nil for none.
  public var validateEvery: Int?
  /// The steps between checkpoints in the midst of epochs; nil for none.
  public var checkpointEvery: Int?
  /// What decides which weights are best and when training stops early; nil for the validation loss.
  public var monitor: Monitor?
  /// The epochs without improvement after which training stops; nil for never.
  public var patience: Int?
  /// What the loss of a sample counts.
  public var classWeights = ClassWeights.none
  /// How the training samples are varied.
  public var augmentation = Augmentation()
  /// The classes in the wanted order; nil for the order of the data set.
  public var classNames: [String]?
  /// Whether a picture's class is the start of its file's name; nil for no.
  public var labelsFromNames: Bool?
  /// Whether a class may be without a file.
  public var allowsEmptyClasses = false
  /// Whether symbolic links stand for what they lead to.
  public var followsLinks = false
  /// What happens when a sample cannot be read.
  public var onError = BatchStream.ErrorPolicy.skip
  /// The largest number of pixels in a picture.
  public var maximumPixels = ImageDecoder.defaultMaximumPixels
  /// Whether a picture that is cut short or damaged stands for itself with the part that decoded.
  public var allowsTruncated = false
  /// The lanes that decode; 0 for the training's own thread.
  public var workers: Int
  /// The batches kept ready; nil for twice the lanes.
  public var prefetch: Int?
  /// The bytes that decoded pictures may take in memory.
  public var cacheMemory: Int
  /// The threads that compute.
  public var threads: Int
  /// The processes whose share of the machines these lanes, bytes and threads are; nil for one process.
  public var processes: Int?
  /// Whether the run tells TensorBoard how it goes; nil for yes.
  public var tensorBoard: Bool?

  /// How the training reads ahead.
  public var lanes: BatchStream.Lanes { BatchStream.Lanes(count: workers, depth: prefetch) }

  /// The share of each class that is held back where nothing is said.
  public static let defaultValidationSplit = 0.2

  /// How the data set is opened.
  public var dataOptions: DataSource.Options {
    var options = DataSource.Options()
    options.maximumPixels = maximumPixels
    options.allowsTruncated = allowsTruncated
    options.classNames = classNames
    options.labelsPath = labels
    options.labelsFromNames = labelsFromNames ?? false
    options.allowsEmptyClasses = allowsEmptyClasses
    options.followsLinks = followsLinks
    return options
  }

  /// A training on `data` with the defaults, on all the machine's cores.
  public init(data: String, cores: Int = Machine.cores) {
    self.data = data
    (workers, threads) = (cores, cores)
    cacheMemory = MemoryBudget.automatic
  }
}
