import WhiskerData
import WhiskerTensor

/// The samples of a data set that are trained on, and those that are held back.
struct DataSplit: Sendable {
  let training: SampleSet
  let validation: SampleSet
  /// How many samples are copies of others, all copies of one being on one side; 0 where the data set has a validation
  /// part of its own.
  let copyCount: Int

  /// Splits a data set as a training asks for it.
  /// - Parameter known: The copies in the data set; nil to look for them.
  /// - Throws: `FileError` when there is nothing to train on, or a file cannot be read; `TrainingError` when there is
  ///   nothing to split.
  init(_ source: DataSource, _ configuration: TrainingConfiguration, copies known: CopyGroups? = nil) throws {
    let whole = try Self.whole(source)
    let cached = Self.cache(whole, budget: configuration.cacheMemory)
    guard let own = source.parts[.validation] else {
      let fraction = configuration.fractionHeldBack
      let copies = try known ?? Self.copies(in: source, configuration)
      let split = StratifiedSplit(
        count: whole.count, classCount: source.classNames.count, fraction: fraction,
        seed: configuration.splitSeed ?? configuration.seed, copies: copies
      ) { whole.label(at: $0) }
      training = SampleSet(cached, indices: split.training)
      validation = SampleSet(cached, indices: split.validation)
      copyCount = copies.copyCount
      return
    }
    guard configuration.validationSplit == nil else {
      throw TrainingError(
        "\(source.path) has a validation part of its own, so there is nothing to split: leave --validation-split out"
      )
    }
    let used = whole.isWorthCaching ? whole.count * configuration.preprocessing.sampleSize : 0
    training = SampleSet(cached)
    validation = SampleSet(Self.cache(own, budget: max(0, configuration.cacheMemory - used)))
    copyCount = 0
  }

  /// The copies that a split has to keep on one side.
  /// - Throws: As a split does.
  static func copies(in source: DataSource, _ configuration: TrainingConfiguration) throws -> CopyGroups {
    guard source.parts[.validation] == nil, configuration.fractionHeldBack > 0 else { return .none }
    return try whole(source).copies(lanes: configuration.lanes)
  }

  private static func whole(_ source: DataSource) throws -> any Dataset {
    guard let whole = source.parts[.training] else {
      throw FileError(
        source.path, "has no training part",
        advice: source.kind == .idx
          ? "Put train-images-idx3-ubyte and train-labels-idx1-ubyte beside t10k's"
          : "Pictures to train on go into ROOT/train/CLASS, or ROOT/CLASS")
    }
    return whole
  }

  private static func cache(_ dataset: any Dataset, budget: Int) -> any Dataset {
    dataset.isWorthCaching ? SampleCache(dataset, budget: budget) : dataset
  }
}

extension TrainingConfiguration {
  /// Opens the data set, or makes it up.
  /// - Throws: `FileError` when nothing usable is there.
  func openSource() throws -> DataSource {
    try synthetic?.source(preprocessing) ?? DataSource.open(data, preprocessing, options: dataOptions)
  }

  /// The share of each class that is held back, where the data set has no validation part of its own.
  fileprivate var fractionHeldBack: Double { validationSplit ?? Self.defaultValidationSplit }
}
