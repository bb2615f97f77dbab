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
  /// The number of groups that the paths or the dataset name. All samples of a group are on one side of the split. Nil without groups.
  package let groupCount: Int?
  /// What makes the accuracy on the held-out samples misleading.
  package let flaws: HeldOutFlaws
  /// The fraction of each class that was to be held back; nil where the split is given, and for folds.
  private let wanted: Double?

  /// Splits a dataset by a training's configuration.
  /// - Parameter known: The groups in the dataset; nil to look for them.
  /// - Parameter isResumed: Whether the split has been trained on before, perhaps by a version that refused fewer.
  /// - Throws: `FileError` when there is nothing to train on, or a file cannot be read; `TrainingError` when there is
  ///   nothing to split.
  init(
    _ source: DataSource, _ configuration: TrainingConfiguration, groups known: SplitGroups? = nil,
    isResumed: Bool = false
  ) throws {
    let whole = try Self.whole(source)
    let own = source.splits[.validation]
    if let own { try Self.check(own, of: source, configuration) }
    let together = try known ?? Self.groups(in: source, configuration)
    let cached = whole.keepingPictures(budget: configuration.pictureMemory)
    if let own {
      let used = whole.isWorthCaching ? whole.count * configuration.data.preprocessing.kept.sampleSize : 0
      training = SampleSet(cached)
      validation = SampleSet(own.keepingPictures(budget: max(0, configuration.pictureMemory - used)))
    } else {
      let indices = try Self.divided(whole, source.path, configuration, together, isResumed: isResumed)
      training = SampleSet(cached, indices: indices.training)
      validation = SampleSet(cached, indices: indices.validation)
    }
    (isGiven, copyCount, groupCount) = (own != nil, together.copyCount, together.namedCount)
    wanted = isGiven || configuration.data.fold != nil ? nil : configuration.fractionHeldBack
    flaws = try together.flaws(training, validation, isGiven: isGiven, configuration)
  }

  /// Checks the validation split of a dataset.
  /// - Throws: `TrainingError` for settings that would make another one; `FileError` when it is empty. A folder made for it and
  ///   not filled would otherwise leave a training without validation.
  private static func check(
    _ validation: any Dataset, of source: DataSource, _ configuration: TrainingConfiguration
  ) throws {
    let refused: [(setting: Setting, isSet: Bool)] = [
      (.validationSplit, configuration.data.validationSplit != nil),
      (.folds, configuration.data.fold != nil), (.groupPattern, configuration.data.groupPattern != nil),
    ]
    if let setting = refused.first(where: \.isSet)?.setting {
      throw TrainingError("\(source.path) already has a validation split: omit \(setting)")
    }
    guard validation.count > 0 else {
      throw FileError(
        source.path, "has a validation split without pictures", advice: advice(source, configuration))
    }
  }

  /// What helps against a validation split without pictures.
  private static func advice(_ source: DataSource, _ configuration: TrainingConfiguration) -> ErrorText {
    guard configuration.data.excluded?.isEmpty ?? true else {
      return "Put pictures into it, or leave out fewer with \(Setting.excluded)"
    }
    let share = percent(TrainingConfiguration.defaultValidationSplit)
    let inFolders: [DataSource.Kind] = [.imageFolder, .zip, .tar]
    return inFolders.contains(source.kind)
      ? "Put pictures into the class folders of val, or remove val: then \(share) of each class are held back"
      : "Put pictures into it, or leave it out: then \(share) of each class are held back"
  }

  /// The samples that the split keeps on one side.
  /// - Throws: As for a split.
  static func groups(in source: DataSource, _ configuration: TrainingConfiguration) throws -> SplitGroups {
    let splits =
      source.splits[.validation] == nil
      && (configuration.data.fold != nil || configuration.fractionHeldBack > 0)
    return try SplitGroups(whole(source), of: source, configuration, splits: splits)
  }

  private static func divided(
    _ whole: any Dataset, _ path: String, _ configuration: TrainingConfiguration, _ together: SplitGroups,
    isResumed: Bool
  ) throws -> (training: [SampleIndex], validation: [SampleIndex]) {
    let (fraction, classCount) = (configuration.fractionHeldBack, whole.classNames.count)
    let seed = configuration.data.splitSeed ?? configuration.seed
    let label = { whole.label(at: $0) }
    func parts(_ shares: [Double]) -> GroupedSplit {
      GroupedSplit(
        count: whole.count, classCount: classCount, shares: shares, seed: seed, groups: together.groups,
        label: label)
    }
    if let fold = configuration.data.fold {
      let folds = parts(Array(repeating: 1, count: fold.count))
      try check(folds, of: whole, path, configuration, isGrouped: together.namedCount != nil)
      return (folds.samples(outside: fold.number - 1), folds.samples(in: fold.number - 1))
    }
    if together.namedCount != nil, fraction > 0 {
      let sides = parts([1 - fraction, fraction])
      if !isResumed {
        try check(
          [sides.samples(in: 1)], named: "the split by seed \(seed)", of: whole, path, configuration,
          isGrouped: true)
      }
      return (sides.samples(in: 0), sides.samples(in: 1))
    }
    let split = StratifiedSplit(
      count: whole.count, classCount: classCount, fraction: fraction, seed: seed, copies: together.groups,
      label: label
    )
    return (split.training, split.validation)
  }

  /// Checks that every fold has samples to validate on, and leaves samples of every class to train on.
  /// - Throws: `FileError` if one does not.
  private static func check(
    _ folds: GroupedSplit, of whole: any Dataset, _ path: String, _ configuration: TrainingConfiguration,
    isGrouped: Bool
  ) throws {
    guard folds.unitCount >= folds.partCount else {
      let units = counted(
        folds.unitCount, isGrouped ? "group" : "picture that is no copy",
        isGrouped ? "groups" : "different pictures")
      throw FileError(
        path, "has \(units), fewer than \(folds.partCount) folds", advice: "Lower \(Setting.folds)")
    }
    try check(
      (0..<folds.partCount).lazy.map { folds.samples(in: $0) }, named: "one fold", of: whole, path,
      configuration,
      isGrouped: isGrouped)
  }

  /// Checks that every class has samples to train on, whichever of some sets is held back.
  /// - Throws: `FileError` if one has none.
  private static func check(
    _ sets: some Sequence<[SampleIndex]>, named name: ErrorText, of whole: any Dataset, _ path: String,
    _ configuration: TrainingConfiguration, isGrouped: Bool
  ) throws {
    guard !configuration.data.allowsEmptyClasses else { return }
    let totals = SampleSet(whole).classCounts
    for set in sets {
      let counts = SampleSet(whole, indices: set).classCounts
      guard let label = counts.indices.first(where: { counts[$0] > 0 && counts[$0] == totals[$0] }) else {
        continue
      }
      throw FileError(
        path,
        "has too few \(isGrouped ? "groups" : "pictures") of the class \(whole.classNames[label]): \(name) holds back all of them",
        advice:
          "\(isGrouped ? "Use smaller groups, so that each class has several" : "Add pictures of the class"), or allow that it is not trained with \(Setting.allowsEmptyClasses)"
      )
    }
  }

  /// The share of the samples that is held back, in words: the wanted one where each class has it, to the nearest sample. Small
  /// classes, copies and groups make it another.
  package var shareText: String {
    let counts = zip(training.classCounts, validation.classCounts).filter { $0 + $1 > 0 }
    if let wanted, counts.allSatisfy({ Self.isShare(wanted, held: $1, of: $0 + $1) }) {
      return Self.percentage(wanted) + " of each class"
    }
    let share = { (trained: Int, held: Int) in Double(held) / Double(max(1, trained + held)) }
    let whole = share(training.count, validation.count)
    let isEven = counts.allSatisfy { percent(share($0, $1)) == percent(whole) }
    return Self.percentage(whole) + (isEven ? " of each class" : " of the pictures")
  }

  private static func isShare(_ wanted: Double, held: Int, of count: Int) -> Bool {
    held == Int((Double(count) * wanted).rounded()) && (held > 0 || wanted == 0)
  }

  /// A share in percent, with a decimal where it is not whole: "20 %", "12.5 %", "0.4 %".
  private static func percentage(_ share: Double) -> String {
    guard share == 0 || share >= 0.0005 else { return "less than 0.1 %" }
    let text = fixed(100 * share, 1)
    return (text.hasSuffix(".0") ? String(text.dropLast(2)) : text) + " %"
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
    return try data.synthetic?.source(backbone.preprocessing).features(of: backbone.checked(), views: views)
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
