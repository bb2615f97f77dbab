import WhiskerData
import WhiskerCore

/// The dataset of a sweep: opened once, decoded once, and shared by all trainings.
public struct SweepData: Sendable {
  /// The dataset with its cache in memory.
  public let source: DataSource
  /// The unreadable samples.
  public let failures: [SampleFailure]
  /// What makes the accuracies on the held-out samples misleading.
  public let flaws: HeldOutFlaws
  let origin: CacheOrigin
  private let splits: [UInt64: DataSplit]

  /// Opens the dataset, splits it for every seed and caches its samples in memory.
  /// - Parameter opened: The dataset or its cache, if it is open already.
  /// - Parameter isResumed: Whether the sweep has begun before, perhaps by a version that refused fewer splits.
  /// - Parameter shouldStop: Called every few samples; the result is nil if it was stopped.
  /// - Parameter progress: Called every few samples.
  /// - Throws: The errors of opening, splitting and reading; `TrainingError` without validation samples.
  public init?(
    _ configuration: SweepConfiguration, source opened: DataSource? = nil, isResumed: Bool = false,
    shouldStop: () -> Bool = { false }, progress: (CacheBuilder.Progress) -> Void
  ) throws {
    let base = configuration.base
    let plain = try opened ?? base.openSource()
    source = plain.cached(budget: base.execution.cacheMemory)
    origin = CacheOrigin(of: plain, options: base.data.options)
    let first = configuration.varied(with: configuration.seeds[0])
    let groups = try DataSplit.groups(in: plain, first)
    var splits: [UInt64: DataSplit] = [:]
    for seed in configuration.seeds {
      splits[seed] = try DataSplit(
        source, configuration.varied(with: seed), groups: groups, isResumed: isResumed)
    }
    self.splits = splits
    // In the order of the seeds, so that every process says the same.
    flaws = .joined(
      configuration.seeds.compactMap { splits[$0]?.flaws }, of: plain.classNames,
      areFolds: configuration.folds != nil)
    guard splits.values.allSatisfy({ $0.validation.count > 0 }) else {
      throw TrainingError(
        "\(plain.path) has no validation samples to compare trainings by: omit \(Setting.validationSplit), or raise it"
      )
    }
    let parts = [DataSource.Split.training, .validation].filter { plain.splits[$0]?.isWorthCaching ?? false }
    let cached = source
    let reading = SampleReading(parts.compactMap { cached.splits[$0] }, base)
    guard let failures = try reading.run(shouldStop: shouldStop, progress: progress) else { return nil }
    self.failures = failures
  }

  /// The classes with a notable fraction of unreadable files.
  public var skippedClasses: [SkippedClass] {
    let sets = [DataSource.Split.training, .validation].compactMap { source.splits[$0] }.map { SampleSet($0) }
    return SkippedClass.notable(failures, in: sets)
  }

  /// The split of the trainings of one seed.
  func split(of seed: UInt64) -> DataSplit? { splits[seed] }
}
