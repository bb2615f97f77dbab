import ArgumentParser
import WhiskerData
import WhiskerNN
import WhiskerCore
import WhiskerTraining

/// Network, optimizer, schedule and validation of a training.
struct TrainingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Network: \(NetworkPreset.allCases.map(\.rawValue).joined(separator: ", ")), or a JSON file of layers "
        + "of the types convolution, relu, max_pool, flatten, dense, dropout, spatial_dropout, "
        + "gaussian_dropout, drop_connect.", valueName: "name"), completion: NetworkName.completion)
  var network = NetworkPreset.dropoutCNN.rawValue

  @Option(help: ArgumentHelp("Number of epochs. (default: 10)", valueName: "count"))
  var epochs: Int?

  @Option(help: ArgumentHelp("Samples per batch.", valueName: "count"))
  var batchSize = 128

  @Option(
    help: ArgumentHelp(
      "Optimizer: "
        + OptimizerKind.allCases.map { "\($0.rawValue) is \($0.summary)" }.joined(separator: "; ") + ".",
      valueName: "name"))
  var optimizer = OptimizerKind.adam

  @Option(
    help: ArgumentHelp(
      "Decoupled weight decay (as in AdamW): each step scales the weights by 1 - learning rate x decay. "
        + "Biases do not decay. (default: 0)", valueName: "decay"))
  var weightDecay: Double?

  @Option(
    help: ArgumentHelp(
      "Learning-rate schedule: constant, cosine (alpha=0), step (factor=0.1, epochs=a third of all) or "
        + "reduce-on-plateau (factor=0.1, patience=10, min_delta=0.0001, cooldown=0, min_lr=0). Settings follow "
        + "after commas: step,epochs=5,factor=0.5", valueName: "kind"))
  var schedule = ScheduleValue.constant

  @Flag(
    help: ArgumentHelp(
      "Also keep an exponential moving average of the weights. It is validated too, and saved as "
        + "averaged.safetensors."))
  var averageWeights = false

  @Option(help: ArgumentHelp("Momentum of the moving average. (default: 0.99)", valueName: "momentum"))
  var averageMomentum: Double?

  @Option(
    help: ArgumentHelp("Momentum of \(OptimizerKind.withMomentum). (default: 0.9)", valueName: "momentum"))
  var momentum: Double?

  @Option(
    help: ArgumentHelp(
      "Seed of split, initial weights, order, augmentation and dropout.", valueName: "seed"))
  var seed: UInt64 = 0

  @Option(
    help: ArgumentHelp(
      "Seed of the split, so that runs with other seeds share it. (default: --seed)", valueName: "seed"))
  var splitSeed: UInt64?

  @Option(
    help: ArgumentHelp(
      "Fraction of each class to hold out for validation. (default: 0.2, or the dataset's validation split)",
      valueName: "fraction"))
  var validationSplit: Double?

  @Option(
    help: ArgumentHelp(
      "Metric that selects the best weights, stops early and ranks the settings of a sweep. val_loss varies "
        + "less on small datasets and gives better calibrated probabilities. (default: val_loss)",
      valueName: "metric"))
  var monitor: Monitor?

  @Option(
    help: ArgumentHelp(
      "Stop when the monitored metric has not improved for this many epochs. (default: never)",
      valueName: "epochs"))
  var patience: Int?

  @Option(
    help: ArgumentHelp(
      "Also validate every this many steps, within epochs. (default: only after each epoch)",
      valueName: "steps"))
  var validateEvery: Int?

  @Option(
    help: ArgumentHelp(
      "Also save a checkpoint every this many steps. (default: only after each epoch)", valueName: "steps"))
  var checkpointEvery: Int?

  @Option(
    help: ArgumentHelp(
      "Class weights in the loss; with balanced, rare classes count more.", valueName: "kind"))
  var classWeights = TrainingConfiguration.ClassWeights.none

  @Option(
    help: ArgumentHelp(
      "Random augmentation of the training samples, new in every epoch: kinds separated by commas, each "
        + "with an optional strength: \(AugmentationList.kinds). (default: none)", valueName: "kinds"))
  var augment: AugmentationList?

  /// The default of Keras.
  private static let averageMomentum = 0.99

  func validate() throws {
    try TrainingConfiguration.epochRange.check(epochs, "--epochs")
    try TrainingConfiguration.batchSizeRange.check(batchSize, "--batch-size")
    guard weightDecay ?? 0 >= 0 else { throw ValidationError("--weight-decay must be at least 0.") }
    guard momentum == nil || optimizer.hasMomentum else {
      throw ValidationError("--momentum requires --optimizer \(OptimizerKind.withMomentum).")
    }
    guard (0..<1).contains(momentum ?? 0) else {
      throw ValidationError("--momentum must be from 0 to below 1.")
    }
    guard (0..<1).contains(validationSplit ?? 0) else {
      throw ValidationError("--validation-split must be from 0 to below 1.")
    }
    for (name, value) in [
      ("--patience", patience), ("--validate-every", validateEvery), ("--checkpoint-every", checkpointEvery),
    ] where value ?? 1 < 1 {
      throw ValidationError("\(name) must be at least 1.")
    }
    guard averageMomentum == nil || averageWeights else {
      throw ValidationError("--average-momentum requires --average-weights.")
    }
    guard (0..<1).contains(averageMomentum ?? 0) else {
      throw ValidationError("--average-momentum must be from 0 to below 1.")
    }
    _ = try augment?.augmentation()
  }

  /// Writes the options to a configuration.
  func apply(to configuration: inout TrainingConfiguration) throws {
    configuration.model.network = try NetworkName(network).specification()
    configuration.data.validationSplit = validationSplit
    configuration.optimization.epochs = epochs ?? configuration.optimization.epochs
    configuration.optimization.batchSize = batchSize
    configuration.optimization.optimizer = optimizer
    configuration.optimization.learningRate = optimizer.defaultLearningRate
    configuration.optimization.momentum = momentum ?? configuration.optimization.momentum
    configuration.seed = seed
    configuration.data.splitSeed = splitSeed
    configuration.optimization.schedule = schedule.schedule
    configuration.optimization.weightDecay = weightDecay ?? 0
    configuration.optimization.averageMomentum =
      averageWeights ? averageMomentum ?? Self.averageMomentum : nil
    configuration.evaluation.validateEvery = validateEvery
    configuration.execution.checkpointEvery = checkpointEvery
    configuration.evaluation.monitor = monitor ?? .validationLoss
    configuration.evaluation.patience = patience
    configuration.optimization.classWeights = classWeights
    configuration.data.augmentation = try augment?.augmentation() ?? Augmentation()
  }
}

extension OptimizerKind {
  /// The default learning rates for the help: "0.001 for adam, 0.01 for sgd".
  static let defaultRates = allCases.map { "\($0.defaultLearningRate) for \($0.rawValue)" }.joined(
    separator: ", ")
  /// The optimizers with momentum for the help and errors: "sgd".
  static let withMomentum = allCases.filter(\.hasMomentum).map(\.rawValue).joined(separator: " or ")
}
