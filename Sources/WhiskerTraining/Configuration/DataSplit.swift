import WhiskerData
import WhiskerCore

/// The samples that are trained on, and those that are held back for validation.
package struct DataSplit: Sendable {
  package let training: SampleSet
  package let validation: SampleSet
  /// Whether the split is the dataset's own.
  package let isGiven: Bool
  /// How many samples are copies of others. All copies of a sample are on one side of the split. 0 where the split is given.
  package let copyCount: Int

  /// Splits a dataset by a training's configuration.
  /// - Parameter known: The copies in the dataset; nil to look for them.
  /// - Throws: `FileError` when there is nothing to train on, or a file cannot be read; `TrainingError` when there is
  ///   nothing to split.
  init(_ source: DataSource, _ configuration: TrainingConfiguration, copies known: CopyGroups? = nil) throws {
    let whole = try Self.whole(source)
    let cached = whole.keepingPictures(budget: configuration.execution.cacheMemory)
    guard let own = source.splits[.validation] else {
      let fraction = configuration.fractionHeldBack
      let copies = try known ?? Self.copies(in: source, configuration)
      let split = StratifiedSplit(
        count: whole.count, classCount: source.classNames.count, fraction: fraction,
        seed: configuration.data.splitSeed ?? configuration.seed, copies: copies
      ) { whole.label(at: $0) }
      training = SampleSet(cached, indices: split.training)
      validation = SampleSet(cached, indices: split.validation)
      (isGiven, copyCount) = (false, copies.copyCount)
      return
    }
    guard configuration.data.validationSplit == nil else {
      throw TrainingError(
        "\(source.path) already has a validation split: omit \(Setting.validationSplit)"
      )
    }
    let used = whole.isWorthCaching ? whole.count * configuration.data.preprocessing.kept.sampleSize : 0
    training = SampleSet(cached)
    validation = SampleSet(own.keepingPictures(budget: max(0, configuration.execution.cacheMemory - used)))
    (isGiven, copyCount) = (true, 0)
  }

  /// The copies that the split keeps on one side.
  /// - Throws: As for a split.
  static func copies(in source: DataSource, _ configuration: TrainingConfiguration) throws -> CopyGroups {
    guard source.splits[.validation] == nil, configuration.fractionHeldBack > 0 else { return .none }
    return try whole(source).copies(readAhead: configuration.readAhead)
  }

  private static func whole(_ source: DataSource) throws -> any Dataset {
    guard let whole = source.splits[.training] else {
      throw FileError(
        source.path, "has no training split",
        advice: source.kind == .idx
          ? "Put train-images-idx3-ubyte and train-labels-idx1-ubyte beside t10k's"
          : "Pictures to train on go into ROOT/train/CLASS, or ROOT/CLASS")
    }
    return whole
  }
}

extension TrainingConfiguration {
  /// Opens or generates the dataset.
  /// - Throws: `FileError` when it or the backbone cannot be used.
  package func openSource() throws -> DataSource { try openSource(openBackbone()) }

  /// Opens or generates the dataset, whose samples are features of the backbone, if there is one.
  /// - Throws: `FileError` when it cannot be used.
  func openSource(_ backbone: Backbone?) throws -> DataSource {
    guard let backbone else {
      return try data.synthetic?.source(data.preprocessing)
        ?? DataSource.open(data.path, data.preprocessing, options: data.options)
    }
    let views = data.preprocessing.features?.views ?? 1
    return try data.synthetic?.source(backbone.preprocessing).features(of: backbone, views: views)
      ?? backbone.open(data.path, views: views, options: data.options)
  }

  /// Opens the backbone; nil for a training on pictures.
  /// - Throws: `FileError` when it cannot be used, or is not the one that the training began with.
  func openBackbone() throws -> Backbone? {
    guard let path = model.backbone else {
      guard let features = data.preprocessing.features else { return nil }
      throw FileError(
        data.path, "holds \(features), not pictures", advice: "Name its file with \(Setting.backbone)")
    }
    guard FilePlace(path) != .free else {
      throw FileError(
        path, "is the backbone of the training, and is not there",
        advice: "Put it back, or name its new place with \(Setting.backbone)")
    }
    let backbone = try Backbone(path)
    let views = data.preprocessing.features?.views ?? 1
    guard backbone.featurePreprocessing(views: views) == data.preprocessing else {
      throw FileError(
        path, "gives \(backbone.featurePreprocessing), and the training has \(data.preprocessing)",
        advice: "Put back the file that the training began with")
    }
    return backbone
  }

  /// The fraction of each class that is held back if the dataset has no validation split of its own.
  fileprivate var fractionHeldBack: Double { data.validationSplit ?? Self.defaultValidationSplit }
}
