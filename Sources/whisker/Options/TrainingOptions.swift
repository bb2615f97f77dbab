import ArgumentParser
import WhiskerData
import WhiskerNN
import WhiskerCore
import WhiskerTraining

/// Network, optimizer, schedule and validation of a training.
struct TrainingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A preset of options: photo for photographs, digits for small pictures of symbols. Other options take "
        + "precedence. (default: none)", valueName: "name"))
  var recipe: Recipe?

  @Option(
    help: ArgumentHelp(
      "Network: \(NetworkPreset.allCases.map(\.rawValue).joined(separator: ", ")), or a JSON file of layers "
        + "of the types \(LayerSpecification.types.joined(separator: ", ")). Where weights of a preset are published, as for "
        + "resnet50, their size and colours are the default of --image-size and --color-mode. (default: "
        + "\(NetworkPreset.dropoutCNN.rawValue))", valueName: "name"),
    completion: NetworkName.completion)
  var network: String?

  @Option(
    help: ArgumentHelp(
      "Number of epochs. (default: 10, or \(BackboneOptions.defaultEpochs) with --backbone)",
      valueName: "count"))
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
        + "Biases and the parameters of batch norm do not decay. (default: 0)", valueName: "decay"))
  var weightDecay: Double?

  @Option(
    help: ArgumentHelp(
      "Learning-rate schedule: constant, cosine (alpha=0, warmup=0), one-cycle (pct_start=0.3, div_factor=25, "
        + "final_div_factor=10000), step (factor=0.1, epochs=a third of all) or reduce-on-plateau (factor=0.1, "
        + "patience=10, min_delta=0.0001, cooldown=0, min_lr=0). warmup and pct_start are fractions of all steps, "
        + "in which the rate rises to --learning-rate. They, alpha and factor are from 0 to 1, the div_factors from 1, and epochs "
        + "from 1; the others are not negative. Settings follow after commas: cosine,warmup=0.1",
      valueName: "kind"))
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
      "Seed of split, initial weights, order, augmentation and dropout, from 0 to \(UInt64.max).",
      valueName: "seed"))
  var seed: UInt64 = 0

  @Option(
    help: ArgumentHelp(
      "Seed of the split, so that runs with other seeds share it. (default: --seed)", valueName: "seed"))
  var splitSeed: UInt64?

  @Option(
    help: ArgumentHelp(
      "Keep samples together in the split: a regular expression that is searched in each path, relative to DATA, and whose "
        + "first group names the patient, the video or the burst, such as 'patient(\\d+)'. (default: only copies of a "
        + "picture stay together)", valueName: "pattern"))
  var groupBy: String?

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
      "Stop when the monitored metric has not improved for this many epochs. (default: never, or "
        + "\(BackboneOptions.defaultPatience) with --backbone and without --epochs)",
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
      "Label smoothing e of the training loss: the target of a class is (1 - e) x its label + e / classes. "
        + "val_loss is without smoothing. (default: 0)", valueName: "e"))
  var labelSmoothing: Double?

  @Option(
    help: ArgumentHelp(
      "mixup: average each training sample with the next one of its batch, and their labels too, in shares from "
        + "Beta(a, a). (default: off)", valueName: "a"))
  var mixup: Double?

  @Option(
    help: ArgumentHelp(
      "CutMix: replace a rectangle of each training sample by that of the next one of its batch, and mix the "
        + "labels by the areas, which are from Beta(a, a). With --mixup, each sample draws one of the two. "
        + "(default: off)", valueName: "a"))
  var cutmix: Double?

  @Option(
    help: ArgumentHelp(
      "Gradient clipping: scale the gradients of a step down to this norm, taken over all parameters. "
        + "(default: off)", valueName: "norm"))
  var clipNorm: Double?

  @Option(
    help: ArgumentHelp(
      "Random augmentation of the training samples, new in every epoch: kinds separated by commas, each "
        + "with an optional strength: \(AugmentationList.kinds). With random-resized-crop, --cache-size is by default a "
        + "quarter larger than the training samples. (default: none)", valueName: "kinds"))
  var augment: AugmentationList?

  @Option(
    help: ArgumentHelp(
      "Size of the training samples in pixels, from 1 to \(Preprocessing.sizeLimit): one side, or HEIGHTxWIDTH. Of several sizes with commas between, such as "
        + "48,96, each is used for an equal share of the epochs. Validation and the model use --image-size. Random crops enlarge objects, so that a model is more accurate when its --image-size is a quarter larger than "
        + "the size that it was trained at. The network must end with a global pool. (default: --image-size)",
      valueName: "size"))
  var trainSize: ImageSizeList?

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
    do {
      if let groupBy { try TrainingConfiguration.checkGroupPattern(groupBy) }
    } catch {
      throw ValidationError(errorText(error) + ".")
    }
    guard (0..<1).contains(labelSmoothing ?? 0) else {
      throw ValidationError("--label-smoothing must be from 0 to below 1.")
    }
    guard clipNorm ?? 1 > 0, clipNorm?.isFinite ?? true else {
      throw ValidationError("--clip-norm must be above 0.")
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
    for (name, value) in [("--mixup", mixup), ("--cutmix", cutmix)] {
      guard let value, value != 0, !SampleMixing.range.contains(value) else { continue }
      let (lowest, highest) = (SampleMixing.range.lowerBound, SampleMixing.range.upperBound)
      throw ValidationError("\(name) must be 0 or from \(lowest) to \(Int(highest)).")
    }
    _ = try augment?.augmentation()
  }

  /// Writes the options to a configuration.
  func apply(to configuration: inout TrainingConfiguration) throws {
    configuration.model.network =
      try network.map { try NetworkName($0).specification() } ?? configuration.model.network
    configuration.data.validationSplit = validationSplit
    configuration.data.groupPattern = groupBy
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
    configuration.optimization.labelSmoothing = labelSmoothing.flatMap { $0 > 0 ? $0 : nil }
    configuration.optimization.clipNorm = clipNorm
    let mixing = SampleMixing(
      mixup: mixup.flatMap { $0 > 0 ? $0 : nil }, cutmix: cutmix.flatMap { $0 > 0 ? $0 : nil })
    configuration.optimization.mixing = mixing.isIdentity ? nil : mixing
    configuration.data.trainingSizes = trainSize?.sizes ?? []
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
