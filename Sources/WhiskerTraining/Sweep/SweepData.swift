import WhiskerData
import WhiskerTensor

/// The data set of a sweep: opened once, decoded once, and shared by all trainings.
public struct SweepData: Sendable {
  /// The data set, with what was decoded kept in memory.
  public let source: DataSource
  /// The samples that cannot be read.
  public let failures: [SampleFailure]
  let origin: CacheOrigin
  private let splits: [UInt64: DataSplit]

  /// Opens the data set, splits it for every seed and reads what is worth keeping in memory.
  /// - Parameter opened: The data set, or a cache of it, where it is open already.
  /// - Parameter progress: Is told how many of how many samples have been read.
  /// - Throws: What opening, splitting and reading throw; `TrainingError` when nothing is held back.
  public init(
    _ configuration: SweepConfiguration, source opened: DataSource? = nil, progress: (Int, Int) -> Void
  ) throws {
    let base = configuration.base
    let plain = try opened ?? base.openSource()
    source = plain.kept(budget: base.cacheMemory)
    origin = CacheOrigin(of: plain, options: base.dataOptions)
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
        "\(plain.path) has nothing to validate on, so that no training could be told to be better: "
          + "leave --validation-split out, or raise it")
    }
    failures = try Self.read(source, kept: plain, base, progress)
  }

  /// The classes of which a notable share of the files could not be read.
  public var skippedClasses: [SkippedClass] {
    let sets = [DataSource.Part.training, .validation].compactMap { source.parts[$0] }.map { SampleSet($0) }
    return SkippedClass.notable(failures, in: sets)
  }

  /// The split of the trainings of one seed.
  func split(of seed: UInt64) -> DataSplit? { splits[seed] }

  /// Reads every sample that is kept in memory.
  private static func read(
    _ source: DataSource, kept plain: DataSource, _ configuration: TrainingConfiguration,
    _ progress: (Int, Int) -> Void
  ) throws -> [SampleFailure] {
    let parts = [DataSource.Part.training, .validation].filter { plain.parts[$0]?.isWorthCaching ?? false }
    let datasets = parts.compactMap { source.parts[$0] }
    let total = datasets.reduce(0) { $0 + $1.count }
    var (done, failures) = (0, [SampleFailure]())
    for dataset in datasets {
      let stream = BatchStream(
        dataset, order: Array(0..<SampleIndex(dataset.count)), batchSize: 64, lanes: configuration.lanes,
        policy: configuration.onError)
      while let batch = try stream.next() {
        done += batch.count
        progress(done, total)
      }
      failures += stream.failures
    }
    return failures
  }
}
