import WhiskerData
import WhiskerCore

/// The dataset of a sweep: opened once, decoded once, and shared by all trainings.
public struct SweepData: Sendable {
  /// The dataset with its cache in memory.
  public let source: DataSource
  /// The unreadable samples.
  public let failures: [SampleFailure]
  let origin: CacheOrigin
  private let splits: [UInt64: DataSplit]

  /// Opens the dataset, splits it for every seed and caches its samples in memory.
  /// - Parameter opened: The dataset or its cache, if it is open already.
  /// - Parameter progress: Called with the number of samples read, and of all samples.
  /// - Throws: The errors of opening, splitting and reading; `TrainingError` without validation samples.
  public init(
    _ configuration: SweepConfiguration, source opened: DataSource? = nil, progress: (Int, Int) -> Void
  ) throws {
    let base = configuration.base
    let plain = try opened ?? base.openSource()
    source = plain.cached(budget: base.execution.cacheMemory)
    origin = CacheOrigin(of: plain, options: base.data.options)
    let copies = try DataSplit.copies(in: plain, base)
    var splits: [UInt64: DataSplit] = [:]
    for seed in configuration.seeds {
      var seeded = base
      seeded.seed = seed
      splits[seed] = try DataSplit(source, seeded, copies: copies)
    }
    self.splits = splits
    guard splits.values.allSatisfy({ $0.validation.count > 0 }) else {
      throw TrainingError(
        "\(plain.path) has no validation samples to compare trainings by: omit \(Setting.validationSplit), or raise it"
      )
    }
    failures = try Self.read(source, kept: plain, base, progress)
  }

  /// The classes with a notable fraction of unreadable files.
  public var skippedClasses: [SkippedClass] {
    let sets = [DataSource.Split.training, .validation].compactMap { source.splits[$0] }.map { SampleSet($0) }
    return SkippedClass.notable(failures, in: sets)
  }

  /// The split of the trainings of one seed.
  func split(of seed: UInt64) -> DataSplit? { splits[seed] }

  /// Reads every sample that is cached.
  private static func read(
    _ source: DataSource, kept plain: DataSource, _ configuration: TrainingConfiguration,
    _ progress: (Int, Int) -> Void
  ) throws -> [SampleFailure] {
    let parts = [DataSource.Split.training, .validation].filter { plain.splits[$0]?.isWorthCaching ?? false }
    let datasets = parts.compactMap { source.splits[$0] }
    let total = datasets.reduce(0) { $0 + $1.count }
    var (done, failures) = (0, [SampleFailure]())
    for dataset in datasets {
      let stream = BatchStream(
        dataset, order: Array(0..<SampleIndex(dataset.count)), batchSize: 64,
        readAhead: configuration.readAhead,
        policy: configuration.data.onError)
      while let batch = try stream.next() {
        done += batch.count
        progress(done, total)
      }
      failures += stream.failures
    }
    return failures
  }
}
