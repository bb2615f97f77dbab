import WhiskerCore

/// Reads every sample of a dataset as training would, and changes nothing.
public struct Verifier {
  private let source: DataSource
  private let readAhead: ReadAhead
  private let allowsEmptyClasses: Bool

  /// The number of samples that a worker examines at a time.
  private static let chunk = 16

  /// Verifies `source`.
  /// - Parameter source: The dataset.
  /// - Parameter readAhead: How far and on how many threads to read ahead.
  /// - Parameter allowsEmptyClasses: Whether a class may have no sample.
  public init(_ source: DataSource, readAhead: ReadAhead, allowsEmptyClasses: Bool = false) {
    (self.source, self.readAhead, self.allowsEmptyClasses) = (source, readAhead, allowsEmptyClasses)
  }

  /// Examines all splits, in order.
  /// - Parameter progress: Called every few samples with the number of examined samples and of all.
  /// - Throws: `ResourceError` when the machine runs out of something.
  public func run(progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }) throws -> Verification {
    let splits = DataSource.Split.allCases.compactMap { split in source.splits[split].map { (split, $0) } }
    let total = splits.reduce(0) { $0 + $1.1.count }
    var files: [Verification.File] = []
    files.reserveCapacity(total)
    for (split, dataset) in splits {
      let stored = StoredSamples(dataset)
      let count = (dataset.count + Self.chunk - 1) / Self.chunk
      let prefetcher = Prefetcher(count: count, workers: readAhead.workers, depth: readAhead.depth) {
        position in
        let start = position * Self.chunk
        let pixels = UnsafeMutableRawBufferPointer.allocate(
          byteCount: dataset.preprocessing.sampleSize, alignment: 1)
        defer { pixels.deallocate() }
        return try (start..<min(start + Self.chunk, dataset.count)).map { index in
          Verification.File(
            name: dataset.name(at: index), split: split,
            className: dataset.classNames[dataset.label(at: index)],
            finding: try Self.examine(index, of: dataset, stored, into: pixels))
        }
      }
      while let examined = try prefetcher.next() {
        files += examined
        progress(files.count, total)
      }
    }
    let damage = try source.caches.flatMap { try $0.damage(readAhead: readAhead) }
    return Verification(source: source, files: files, damage: damage, allowsEmptyClasses: allowsEmptyClasses)
  }

  private static func examine(
    _ index: Int, of dataset: any Dataset, _ stored: StoredSamples, into pixels: UnsafeMutableRawBufferPointer
  ) throws -> Verification.Finding {
    do {
      return .readable(try stored.examine(index, into: pixels))
    } catch let error where !(error is ResourceError) {
      return .unreadable(SampleFailure(index: index, error: error, name: dataset.name(at: index)).reason)
    }
  }
}
