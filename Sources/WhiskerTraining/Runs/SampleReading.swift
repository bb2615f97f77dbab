import WhiskerCore
import WhiskerData

/// Reads samples that are kept in memory, before a training needs them.
struct SampleReading {
  private let datasets: [any Dataset]
  private let configuration: TrainingConfiguration

  /// The number of pictures, or views of pictures, after which a request to stop is noticed.
  private static let batchSize = 16

  /// Reads every sample of `datasets`, which keep what was read.
  init(_ datasets: [any Dataset], _ configuration: TrainingConfiguration) {
    (self.datasets, self.configuration) = (datasets, configuration)
  }

  /// - Parameter shouldStop: Called every few samples.
  /// - Parameter progress: Called every few samples.
  /// - Returns: The unreadable samples; nil if it was stopped.
  /// - Throws: `SampleFailure` where the policy is to fail; `ResourceError` when the machine is at fault.
  func run(
    shouldStop: () -> Bool, progress: (CacheBuilder.Progress) -> Void
  ) throws -> [SampleFailure]? {
    let start = ContinuousClock.now
    let total = datasets.reduce(0) { $0 + $1.count }
    var (done, failures) = (0, [SampleFailure]())
    for dataset in datasets {
      let views = dataset.preprocessing.features?.views ?? 1
      let stream = BatchStream(
        dataset, order: Array(0..<SampleIndex(dataset.count)), batchSize: max(1, Self.batchSize / views),
        readAhead: configuration.readAhead, policy: configuration.data.onError)
      while let batch = try stream.next() {
        guard !shouldStop() else { return nil }
        done += batch.count
        progress(.init(done: done, total: total, seconds: (ContinuousClock.now - start) / .seconds(1)))
      }
      failures += stream.failures
    }
    return failures
  }
}

extension TrainingSession {
  /// Computes the features of all pictures before the first epoch, and keeps them in memory. Does nothing for a training on
  /// pictures or on a cache of features, where the features do not fit into memory, and where several processes compute a part
  /// each.
  /// - Parameter shouldStop: Called every few pictures.
  /// - Parameter progress: Called every few pictures.
  /// - Returns: False if it was stopped.
  /// - Throws: `SampleFailure` where the policy is to fail; `ResourceError` when the machine is at fault.
  public func prepareFeatures(
    shouldStop: () -> Bool = { false }, progress: (CacheBuilder.Progress) -> Void = { _ in }
  ) throws -> Bool {
    guard source.preprocessing.features != nil, configuration.execution.processes == 1 else { return true }
    let sets = hasOwnValidation ? [training, validation] : [training]
    let caches = sets.compactMap { $0.dataset as? SampleCache }.filter { !$0.isInMemory }
    guard caches.allSatisfy(\.holdsAll) else { return true }
    return try SampleReading(caches, configuration).run(shouldStop: shouldStop, progress: progress) != nil
  }
}
