import WhiskerCore
import WhiskerData

/// The samples of a dataset that stay on one side of a split.
struct SplitGroups: Sendable {
  /// Copies, joined with the samples of one named group.
  let groups: CopyGroups
  /// How many samples are copies of others.
  let copyCount: Int
  /// The number of names of groups in the paths, or of the dataset's own groups; nil without either.
  let namedCount: Int?
  /// The flaws of the splits that the dataset has.
  private let ofSource: HeldOutFlaws
  /// The pictures that the backbone was trained on; nil where they are unknown.
  private let trained: TrainedPictures?

  /// The groups of the samples of `dataset`, the training split of `source`.
  ///
  /// They are those that the pattern of the configuration names, or else the dataset's own.
  /// - Throws: `FileError` when a file cannot be read; `TrainingError` when the pattern of the configuration is malformed or
  ///   does not match every path; `ResourceError` when the machine runs out of something.
  /// - Parameter splits: Whether the dataset will be split. Otherwise nothing needs to stay together.
  init(
    _ dataset: any Dataset, of source: DataSource, _ configuration: TrainingConfiguration, splits: Bool
  ) throws {
    let found = try source.copies(acrossSplitsOnly: !splits, readAhead: configuration.readAhead)
    // A pattern replaces the groups that the dataset has.
    let shared = configuration.data.groupPattern == nil ? source.sharedGroups : []
    ofSource = HeldOutFlaws(copies: found.across, groups: shared)
    let heldOut = source.splits[.validation] ?? dataset
    trained = try configuration.backbone.flatMap {
      try TrainedPictures(ofModel: $0, among: SampleSet(heldOut), readAhead: configuration.readAhead)
    }
    let copies = found.training
    copyCount = copies.copyCount
    guard splits else {
      (groups, namedCount) = (.none, nil)
      return
    }
    let pattern = try configuration.data.groupPattern.map(GroupPattern.init)
    let grouped = dataset.grouped
    guard pattern != nil || grouped != nil else {
      (groups, namedCount) = (copies, nil)
      return
    }
    var names: Set<String> = []
    groups = try copies.joined(count: dataset.count) { index in
      let name =
        try pattern.map { try $0.group(of: dataset.name(at: index)) }
        ?? grouped?.group(at: index).map { String($0) }
      if let name { names.insert(name) }
      return name
    }
    namedCount = names.count
  }

  /// The flaws of a split of the dataset.
  /// - Throws: `ResourceError` when the machine runs out of something.
  func flaws(
    _ training: SampleSet, _ validation: SampleSet, isGiven: Bool, _ configuration: TrainingConfiguration
  ) throws -> HeldOutFlaws {
    var flaws = ofSource
    flaws.validationCount = validation.count
    flaws.seenByBackbone = try trained?.count(in: validation, readAhead: configuration.readAhead) ?? 0
    // Another fold validates the other classes.
    guard validation.count > 0, configuration.data.fold == nil else { return flaws }
    let counts = zip(training.classCounts, validation.classCounts)
    flaws.unmeasuredClasses = zip(training.dataset.classNames, counts).filter { $1.0 > 0 && $1.1 == 0 }.map(
      \.0)
    (flaws.isGiven, flaws.hasGroups) = (isGiven, namedCount != nil)
    return flaws
  }
}
