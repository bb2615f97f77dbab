import WhiskerTensor

/// Reads every sample of a data set as training would, and changes nothing.
public struct Verifier {
  private let source: DataSource
  private let lanes: BatchStream.Lanes
  private let allowsEmptyClasses: Bool

  /// How many samples a lane examines at a time.
  private static let stretch = 16

  /// Verifies `source`, reading on `lanes`.
  /// - Parameter source: The data set.
  /// - Parameter lanes: How far and how widely it reads ahead.
  /// - Parameter allowsEmptyClasses: Whether a class without a sample is no fault.
  public init(_ source: DataSource, lanes: BatchStream.Lanes, allowsEmptyClasses: Bool = false) {
    (self.source, self.lanes, self.allowsEmptyClasses) = (source, lanes, allowsEmptyClasses)
  }

  /// Examines all parts, in order.
  /// - Parameter progress: Told how many of how many samples were examined, after every few.
  /// - Throws: `ResourceError` when the machine runs out of something.
  public func run(progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }) throws -> Verification {
    let parts = DataSource.Part.allCases.compactMap { part in source.parts[part].map { (part, $0) } }
    let total = parts.reduce(0) { $0 + $1.1.count }
    var files: [Verification.File] = []
    files.reserveCapacity(total)
    for (part, dataset) in parts {
      let count = (dataset.count + Self.stretch - 1) / Self.stretch
      let prefetcher = Prefetcher(count: count, lanes: lanes.count, depth: lanes.depth) { position in
        let start = position * Self.stretch
        let pixels = UnsafeMutableRawBufferPointer.allocate(
          byteCount: dataset.preprocessing.sampleSize, alignment: 1)
        defer { pixels.deallocate() }
        return try (start..<min(start + Self.stretch, dataset.count)).map { index in
          Verification.File(
            name: dataset.name(at: index), part: part,
            className: dataset.classNames[dataset.label(at: index)],
            finding: try Self.examine(index, of: dataset, into: pixels))
        }
      }
      while let examined = try prefetcher.next() {
        files += examined
        progress(files.count, total)
      }
    }
    let damage = try source.caches.flatMap { try $0.damage(lanes: lanes) }
    return Verification(source: source, files: files, damage: damage, allowsEmptyClasses: allowsEmptyClasses)
  }

  private static func examine(
    _ index: Int, of dataset: any Dataset, into pixels: UnsafeMutableRawBufferPointer
  ) throws -> Verification.Finding {
    do {
      return .readable(try dataset.examine(index, into: pixels))
    } catch let error where !(error is ResourceError) {
      return .unreadable(SampleFailure(index: index, error: error, name: dataset.name(at: index)).reason)
    }
  }
}
