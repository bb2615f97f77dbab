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

  func validate() throws {
    try FeatureOrigin.viewRange.check(featureViews, "--feature-views")
    guard head?.hasSuffix(".json") ?? true else { throw ValidationError("--head must be a .json file.") }
  }

  /// Checks the options of a new training.
  /// - Throws: `ValidationError` for options that do not go with a backbone, or need one.
  func check(_ training: TrainingOptions) throws {
    guard backbone != nil else {
      guard head == nil else { throw ValidationError("--head requires --backbone.") }
      guard featureViews == nil else { throw ValidationError("--feature-views requires --backbone.") }
      return
    }
    guard training.recipe == nil else {
      throw ValidationError("--recipe sets options for training on pictures: omit it with --backbone.")
    }
    guard training.network == nil else {
      throw ValidationError(
        "--network is a whole network: with --backbone, pass the layers after it as --head.")
    }
    guard training.augment == nil else {
      throw ValidationError(
        "--augment changes pictures in every epoch, but --backbone computes their features once: omit it.")
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
    let cached = try DataSource.cachedPreprocessing(at: configuration.data.path)?.features?.views
    configuration.data.preprocessing = opened.featurePreprocessing(views: featureViews ?? cached ?? 1)
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
