import ArgumentParser
import WhiskerData
import WhiskerNN
import WhiskerTensor
import WhiskerTraining

/// What is trained, and how.
struct TrainingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The layers: \(NetworkPreset.allCases.map(\.rawValue).joined(separator: ", ")), or a JSON file of layers of the "
        + "types convolution, relu, max_pool, flatten, dense, dropout, spatial_dropout, gaussian_dropout, drop_connect.",
      valueName: "name"), completion: NetworkName.completion)
  var network = NetworkPreset.dropoutCNN.rawValue

  @Option(
    help: ArgumentHelp("The number of passes over the training pictures. (default: 10)", valueName: "count"))
  var epochs: Int?

  @Option(help: ArgumentHelp("The number of pictures per step.", valueName: "count"))
  var batchSize = 128

  @Option(help: ArgumentHelp("How gradients become steps.", valueName: "name"))
  var optimizer = TrainingConfiguration.OptimizerName.adam

  @Option(
    help: ArgumentHelp(
      "Before each step take this share of every weight away, times the learning rate (AdamW; so does sgd). Biases "
        + "stay. (default: 0)", valueName: "share"))
  var weightDecay: Double?

  @Option(
    help: ArgumentHelp(
      "How the learning rate changes: constant, cosine (alpha=0), step (factor=0.1, epochs=a third of all) or "
        + "reduce-on-plateau (factor=0.1, patience=10, min_delta=0.0001, cooldown=0, min_lr=0), with its settings behind "
        + "commas: step,epochs=5,factor=0.5", valueName: "kind"))
  var schedule = ScheduleValue.constant

  @Flag(
    help: ArgumentHelp(
      "Keep an exponential moving average of the weights too: it is validated beside them, and kept as "
        + "averaged.safetensors."))
  var averageWeights = false

  @Option(
    help: ArgumentHelp("The share of the average that stays in a step. (default: 0.99)", valueName: "share"))
  var averageMomentum: Double?

  @Option(help: ArgumentHelp("The momentum of sgd. (default: 0.9)", valueName: "share"))
  var momentum: Double?

  @Option(
    help: ArgumentHelp(
      "Decides the split, the first weights, the order, the augmentation and the dropout.",
      valueName: "number"))
  var seed: UInt64 = 0

  @Option(
    help: ArgumentHelp(
      "Decides the split instead of the seed, so that trainings with other seeds hold back the same pictures. "
        + "(default: the seed)", valueName: "number"))
  var splitSeed: UInt64?

  @Option(
    help: ArgumentHelp(
      "The share of each class that is held back for validation. (default: 0.2, or the data's own validation part)",
      valueName: "share"))
  var validationSplit: Double?

  @Option(
    help: ArgumentHelp(
      "What decides which weights are best, when --patience stops and which setting of a sweep is best: val_loss, which "
        + "varies less on few pictures and gives better calibrated probabilities, or val_accuracy. (default: val_loss)",
      valueName: "figure"))
  var monitor: Monitor?

  @Option(
    help: ArgumentHelp(
      "Stop when the figure of --monitor has not improved for this many epochs. (default: never)",
      valueName: "epochs"))
  var patience: Int?

  @Option(
    help: ArgumentHelp(
      "Validate after every so many steps too; the best weights may then be those in the midst of an epoch. "
        + "(default: at the end of epochs)", valueName: "steps"))
  var validateEvery: Int?

  @Option(
    help: ArgumentHelp(
      "Keep a checkpoint after every so many steps too, to resume from. (default: at the end of epochs)",
      valueName: "steps"))
  var checkpointEvery: Int?

  @Option(
    help: ArgumentHelp("Count every picture the same, or those of rare classes more.", valueName: "kind"))
  var classWeights = TrainingConfiguration.ClassWeights.none

  @Option(
    help: ArgumentHelp(
      "Vary the training pictures anew in every epoch, in ways separated by commas, each with a strength or its usual "
        + "one: flip=0.5 (probability of mirroring), shift=0.1 (largest, share of the side), rotate=15 (largest, "
        + "degrees), brightness=0.2 (largest change, share), noise=0.05 (standard deviation, share of the range), "
        + "dropout=0.1 (share of pixels). (default: none)", valueName: "ways"))
  var augment: AugmentationList?

  /// Keras's default.
  private static let averageMomentum = 0.99

  func validate() throws {
    try TrainingConfiguration.epochRange.check(epochs, "--epochs")
    try TrainingConfiguration.batchSizeRange.check(batchSize, "--batch-size")
    guard weightDecay ?? 0 >= 0 else { throw ValidationError("--weight-decay must be at least 0.") }
    guard momentum == nil || optimizer == .sgd else {
      throw ValidationError("--momentum needs --optimizer sgd.")
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
      throw ValidationError("--average-momentum needs --average-weights.")
    }
    guard (0..<1).contains(averageMomentum ?? 0) else {
      throw ValidationError("--average-momentum must be from 0 to below 1.")
    }
    _ = try augment?.augmentation()
  }

  /// Writes the options into a configuration.
  func apply(to configuration: inout TrainingConfiguration) throws {
    configuration.network = try NetworkName(network).specification()
    configuration.validationSplit = validationSplit
    configuration.epochs = epochs ?? configuration.epochs
    configuration.batchSize = batchSize
    configuration.optimizer = optimizer
    configuration.learningRate = optimizer.defaultLearningRate
    configuration.momentum = momentum ?? configuration.momentum
    configuration.seed = seed
    configuration.splitSeed = splitSeed
    configuration.schedule = schedule.schedule
    configuration.weightDecay = weightDecay
    configuration.averageMomentum = averageWeights ? averageMomentum ?? Self.averageMomentum : nil
    configuration.validateEvery = validateEvery
    configuration.checkpointEvery = checkpointEvery
    configuration.monitor = monitor
    configuration.patience = patience
    configuration.classWeights = classWeights
    configuration.augmentation = try augment?.augmentation() ?? Augmentation()
  }
}
