import WhiskerData
import WhiskerNN

/// Everything that decides a training: the contents of a run's `args.json`.
public struct TrainingConfiguration: Sendable, Equatable {
  /// The dataset, and how its samples are read, split and augmented.
  public var data: Data
  /// The network.
  public var model = Model()
  /// The optimizer and the training loop.
  public var optimization = Optimization()
  /// The validation, and the choice of the best weights.
  public var evaluation = Evaluation()
  /// How the training is computed. Nothing of it changes the result but the number of processes, which changes how sums
  /// are rounded.
  public var execution: Execution
  /// Decides the split, the initial weights, the order, the augmentation and the dropout.
  public var seed: UInt64 = 0
  /// The training of all layers after that of a head; nil for none.
  public var fineTuning: FineTuning?

  /// The fraction of each class that is held back by default.
  public static let defaultValidationSplit = 0.2

  /// A training on the dataset at `data` with the defaults, on all the machine's cores.
  public init(data: String, cores: Int = Machine.cores) {
    self.data = Data(path: data)
    execution = Execution(cores: cores)
  }

  /// How the training reads ahead.
  public var readAhead: ReadAhead { ReadAhead(workers: execution.workers, depth: execution.prefetch) }

  /// The dataset, and how its samples are read, split and augmented.
  public struct Data: Sendable, Codable, Equatable {
    /// The path of the dataset.
    public var path: String
    /// The paths of further datasets, whose samples are joined with those of the first; nil for none.
    public var furtherPaths: [String]?
    /// A generated dataset that replaces the one at the path; nil for none.
    public var synthetic: SyntheticData?
    /// The path of the tensor cache to train from; nil for the dataset itself.
    public var cache: String?
    /// The labels file of an IDX file of images; nil to derive it from the images' name.
    public var labels: String?
    /// Whether a picture's class is the start of its file's name.
    public var labelsFromNames = false
    /// The column of a list that holds the paths; nil to find it by its name.
    public var pathColumn: String?
    /// The column of a list that holds the labels; nil to find it by its name.
    public var labelColumn: String?
    /// New names of classes, and the classes to drop; nil to keep the classes as they are.
    public var classChanges: ClassChanges?
    /// The classes in the wanted order; nil for the order of the dataset.
    public var classNames: [String]?
    /// Whether a class may have no file.
    public var allowsEmptyClasses = false
    /// Whether symbolic links are followed.
    public var followsLinks = false
    /// The paths of samples to leave out, below the root of the dataset; nil for none.
    public var excluded: [String]?
    /// What happens when a sample cannot be read.
    public var onError = BatchStream.ErrorPolicy.skip
    /// The largest number of pixels in a picture, above 0.
    public var maximumPixels = ImageDecoder.defaultMaximumPixels
    /// Whether truncated and damaged pictures are used as far as they decode.
    public var allowsTruncated = false
    /// How pictures become tensors.
    public var preprocessing = Preprocessing()
    /// The size of the training samples, at most that of kept pictures; nil for the size of the network's input.
    public var trainingSize: Preprocessing.Size?
    /// The sizes of the training samples before `trainingSize`, in order: each of all sizes has an equal share of the epochs. Nil for
    /// one size.
    public var earlierTrainingSizes: [Preprocessing.Size]?
    /// How the training samples are augmented.
    public var augmentation = Augmentation()
    /// The fraction of each class that is held back, 0 to below 1; nil for 0.2, or for the dataset's own validation split.
    public var validationSplit: Double?
    /// Decides the split; nil for the training's seed.
    public var splitSeed: UInt64?
    /// The fold of a cross-validation that is held back, instead of the validation split; nil for no cross-validation.
    public var fold: Fold?
    /// A regular expression over the paths of samples. The samples for which its first group is the same are on one side of the
    /// split. Nil for no groups.
    public var groupPattern: String?

    /// The paths of all datasets.
    public var paths: [String] { [path] + (furtherPaths ?? []) }

    /// The paths of all datasets, for reports.
    public var place: String { paths.joined(separator: ", ") }

    /// How the dataset is opened.
    public var options: DataSource.Options {
      var options = DataSource.Options()
      options.maximumPixels = maximumPixels
      options.allowsTruncated = allowsTruncated
      options.classNames = classNames
      options.furtherPaths = furtherPaths ?? []
      options.classChanges = classChanges
      options.labelsPath = labels
      options.labelsFromNames = labelsFromNames
      (options.pathColumn, options.labelColumn) = (pathColumn, labelColumn)
      options.allowsEmptyClasses = allowsEmptyClasses
      options.followsLinks = followsLinks
      options.excluded = excluded ?? []
      return options
    }

    /// All sizes of the training samples, in order; empty for the size of the network's input.
    public var trainingSizes: [Preprocessing.Size] {
      get { (earlierTrainingSizes ?? []) + [trainingSize].compactMap(\.self) }
      set {
        trainingSize = newValue.last
        earlierTrainingSizes = newValue.count > 1 ? newValue.dropLast() : nil
      }
    }

    /// All sizes of the training samples in words: "48x48, 96x96"; nil for the size of the network's input.
    package var trainingSizeText: String? {
      let sizes = trainingSizes.map { "\($0.height)x\($0.width)" }
      return sizes.isEmpty ? nil : sizes.joined(separator: ", ")
    }

    /// How pictures become training samples of each size, in order; at least one.
    var trainingPreprocessings: [Preprocessing] {
      let sizes = trainingSizes
      return sizes.isEmpty ? [preprocessing] : sizes.map { preprocessing.kept.resized(to: $0) }
    }
  }

  /// One of the parts of about the same size into which a cross-validation divides the samples.
  public struct Fold: Sendable, Codable, Equatable {
    /// The number of the fold, counted from 1.
    public var number: Int
    /// The number of folds, 2 to `limit`.
    public var count: Int

    /// The most folds.
    public static let limit = GroupedSplit.partLimit

    /// Fold `number` of `count`.
    public init(number: Int, of count: Int) { (self.number, self.count) = (number, count) }

    var isValid: Bool { (2...Self.limit).contains(count) && (1...count).contains(number) }
  }

  /// The network.
  public struct Model: Sendable, Codable, Equatable {
    /// The layers, or the head: those after the backbone.
    public var network = NetworkPreset.dropoutCNN.specification
    /// The path of the model whose first layers, frozen, compute features of the pictures; nil to train on the pictures. The
    /// preprocessing holds its fingerprint.
    public var backbone: String?
    /// How the dropout rates adapt during the training, starting from those of the network; nil for fixed rates.
    public var dropoutAdaptation: DropoutAdaptation?
  }

  /// The optimizer and the training loop.
  public struct Optimization: Sendable, Codable, Equatable {
    /// The number of epochs, at least 1.
    public var epochs = 10
    /// The samples of a step, at least 1.
    public var batchSize = 128
    /// The algorithm that turns gradients into steps.
    public var optimizer = OptimizerKind.adam
    /// The learning rate, above 0.
    public var learningRate = OptimizerKind.adam.defaultLearningRate
    /// The momentum of an optimizer that has one, 0 to below 1.
    public var momentum = 0.9
    /// How the learning rate changes during the training.
    public var schedule = LearningRateSchedule.constant
    /// Decoupled weight decay: a step multiplies weights by 1 - learning rate * decay; 0 for none.
    public var weightDecay = 0.0
    /// The momentum of the moving average of the weights, 0 to below 1; nil for no average.
    public var averageMomentum: Double?
    /// How much the loss of a sample counts.
    public var classWeights = ClassWeights.none
    /// The label smoothing of the training loss, 0 to below 1; nil for none. Validation losses are without.
    public var labelSmoothing: Double?
    /// The mixing of the training samples of a batch; nil for none.
    public var mixing: SampleMixing?
    /// The maximum norm of the gradients of all parameters together, above 0; nil for any.
    public var clipNorm: Double?

    /// The settings of the optimizer.
    var settings: OptimizerKind.Settings {
      .init(learningRate: learningRate, momentum: momentum, weightDecay: weightDecay)
    }

    /// The optimizer in words: "SGD with momentum 0.9".
    public var optimizerText: String {
      optimizer.title + (optimizer.hasMomentum ? " with momentum \(momentum)" : "")
    }
  }

  /// The validation, and the choice of the best weights.
  public struct Evaluation: Sendable, Codable, Equatable {
    /// The metric that decides which weights are best and when training stops early.
    public var monitor = Monitor.validationLoss
    /// The epochs without improvement after which training stops, at least 1; nil for never.
    public var patience: Int?
    /// The steps between additional validations within an epoch; nil for none.
    public var validateEvery: Int?
  }

  /// How a training is computed.
  public struct Execution: Sendable, Codable, Equatable {
    /// The threads that read and decode; 0 to decode on the training's own thread.
    public var workers: Int
    /// The batches kept ready; nil for as many as workers, and at least two.
    public var prefetch: Int?
    /// The threads that compute.
    public var threads: Int
    /// The memory for decoded pictures, in bytes.
    public var cacheMemory: Int
    /// The number of processes that train together. The workers, threads and bytes are those of one process.
    public var processes = 1
    /// The steps between additional checkpoints within an epoch; nil for none.
    public var checkpointEvery: Int?
    /// Whether the run keeps event files for TensorBoard.
    public var tensorBoard = true
    /// Whether activations are computed again in the backward pass, which needs less memory; nil for only where it is needed.
    public var recomputes: Bool?

    init(cores: Int) {
      (workers, threads, cacheMemory) = (ReadAhead.workers(for: cores), cores, MemoryBudget.automatic)
    }
  }

  /// How much the loss of a sample counts.
  public enum ClassWeights: String, Sendable, Codable, CaseIterable {
    /// 1 for every sample.
    case none
    /// In inverse proportion to the size of the sample's class: samples / (classes * samples of the class).
    case balanced
  }
}
