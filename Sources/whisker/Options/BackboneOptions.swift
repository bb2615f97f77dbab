import ArgumentParser
import WhiskerCore
import WhiskerData
import WhiskerNN
import WhiskerTraining

/// A backbone, and the layers that are trained after it.
struct BackboneOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Train on features: the layers of this model before its classifier, frozen, compute them once for each "
        + "picture, and a head is trained on them. Size and colours are the model's. (default: none)",
      valueName: "model"), completion: .file(extensions: ["safetensors"]))
  var backbone: String?

  @Option(
    help: ArgumentHelp(
      "Layers to train after --backbone: a JSON file as for --network, whose input are the features. (default: "
        + "\(NetworkSpecification(layers: Backbone.defaultHead).words))", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var head: String?

  @Option(
    help: ArgumentHelp(
      "With --backbone: views of each picture whose features are computed, the picture, its mirror image and random "
        + "crops. Each epoch trains on one of them. (default: 1, or that of a cache as DATA)",
      valueName: "count"))
  var featureViews: Int?

  @Option(
    help: ArgumentHelp(
      "With --backbone: after the head, train all layers on the pictures for this many epochs, with a low learning rate "
        + "and the backbone's batch-norm statistics as they are. The head's own run is RUN/head. --augment applies to "
        + "these epochs. (default: 0)", valueName: "epochs"))
  var fineTune: Int?

  @Option(
    help: ArgumentHelp(
      "Highest learning rate of --fine-tune, which rises to it and falls to 0. (default: a hundredth of the default of "
        + "--learning-rate)", valueName: "rate"))
  var fineTuneRate: Double?

  func validate() throws {
    try (0...TrainingConfiguration.epochRange.upperBound).check(fineTune, "--fine-tune")
    guard fineTuneRate == nil || tunes else {
      throw ValidationError("--fine-tune-rate requires --fine-tune.")
    }
    guard fineTuneRate ?? 1 > 0, fineTuneRate?.isFinite ?? true else {
      throw ValidationError("--fine-tune-rate must be above 0.")
    }
    try FeatureOrigin.viewRange.check(featureViews, "--feature-views")
    guard head?.hasSuffix(".json") ?? true else { throw ValidationError("--head must be a .json file.") }
  }

  /// Whether all layers are trained after the head.
  var tunes: Bool { fineTune ?? 0 > 0 }

  /// Checks the options of a new training.
  /// - Throws: `ValidationError` for options that do not go with a backbone, or need one.
  func check(_ training: TrainingOptions) throws {
    guard backbone != nil else {
      guard head == nil else { throw ValidationError("--head requires --backbone.") }
      guard featureViews == nil else { throw ValidationError("--feature-views requires --backbone.") }
      guard !tunes else { throw ValidationError("--fine-tune requires --backbone.") }
      return
    }
    guard training.recipe == nil else {
      throw ValidationError("--recipe sets options for training on pictures: omit it with --backbone.")
    }
    guard training.network == nil else {
      throw ValidationError(
        "--network is a whole network: with --backbone, pass the layers after it as --head.")
    }
    guard training.augment == nil || tunes else {
      throw ValidationError(
        "--augment changes pictures in every epoch, but --backbone computes their features once: omit it, or add "
          + "--fine-tune.")
    }
    guard training.trainSize == nil else {
      throw ValidationError("--train-size is a size of pictures, but --backbone trains on features: omit it.")
    }
    for (name, value) in [("--mixup", training.mixup), ("--cutmix", training.cutmix)] where value != nil {
      throw ValidationError("\(name) mixes pictures, but --backbone trains on features: omit it.")
    }
  }

  /// The epochs of a head. Few pictures need them; with many, the validation loss stops improving after some.
  static let defaultEpochs = 30
  /// The patience of these epochs.
  static let defaultPatience = 10

  /// Sets the backbone, the head and the input of a training.
  /// - Throws: `ValidationError` for picture options that contradict the backbone; `FileError` when a file cannot be used.
  func apply(
    to configuration: inout TrainingConfiguration, _ pictures: PictureOptions, _ training: TrainingOptions
  ) throws {
    guard let backbone else { return }
    if training.epochs == nil {
      configuration.optimization.epochs = Self.defaultEpochs
      configuration.evaluation.patience = training.patience ?? Self.defaultPatience
    }
    let opened = try Backbone(backbone)
    try pictures.check(against: opened)
    configuration.model.backbone = backbone
    configuration.model.network =
      try head.map { try NetworkName($0).specification() }
      ?? NetworkSpecification(layers: Backbone.defaultHead)
    let cached = try DataSource.cachedPreprocessing(at: configuration.data.path)
    configuration.data.preprocessing = opened.featurePreprocessing(
      views: featureViews ?? cached?.features?.views ?? 1)
    guard tunes else { return }
    guard cached?.features == nil else {
      throw FileError(
        configuration.data.path, "holds features, and fine-tuning needs the pictures",
        advice:
          "Name the pictures; --cache \(ShellWords([configuration.data.path]).text) takes their features from the cache"
      )
    }
    configuration.fineTuning = try fineTuning(configuration, training, opened, isCache: cached != nil)
    configuration.data.augmentation = Augmentation()
  }

  private func fineTuning(
    _ configuration: TrainingConfiguration, _ training: TrainingOptions, _ backbone: Backbone, isCache: Bool
  ) throws -> FineTuning {
    var tuning = FineTuning(
      epochs: fineTune ?? 1,
      learningRate: fineTuneRate ?? configuration.optimization.optimizer.defaultLearningRate / 100,
      batchSize: min(configuration.optimization.batchSize, FineTuning.defaultBatchSize))
    if let augment = training.augment { tuning.augmentation = try augment.augmentation() }
    guard tuning.augmentation.randomResizedCrop != nil, !isCache, backbone.preprocessing.cacheSize == nil
    else {
      return tuning
    }
    tuning.preprocessing = try PictureOptions.enlarged(backbone.preprocessing)
    return tuning
  }
}

extension PictureOptions {
  /// - Throws: `ValidationError` for an option that contradicts the input of a backbone.
  func check(against backbone: Backbone) throws {
    let input = backbone.preprocessing
    let size = { (size: ImageSize) in Preprocessing.Size(height: size.height, width: size.width) }
    let contradicting: [(name: String, contradicts: Bool)] = [
      (
        "--image-size", imageSize.map { size($0) != .init(height: input.height, width: input.width) } ?? false
      ),
      ("--cache-size", cacheSize.map { size($0) != input.cacheSize } ?? false),
      ("--color-mode", colorMode.map { $0 != input.colorMode } ?? false),
      ("--crop-to-aspect-ratio", cropToAspectRatio && input.aspect != .crop),
      ("--pad-to-aspect-ratio", padToAspectRatio && input.aspect != .pad),
      ("--background", background.map { $0.color != input.background } ?? false),
      ("--full-decode", fullDecode && input.decode != .full),
    ]
    guard let option = contradicting.first(where: \.contradicts)?.name else { return }
    throw ValidationError("\(option) contradicts --backbone, whose input is \(input): omit it.")
  }
}

extension NetworkSpecification {
  /// The layers in a few words: "dropout 0.2, dense 128, relu".
  fileprivate var words: String { layers.map(\.description).joined(separator: ", ") }
}
