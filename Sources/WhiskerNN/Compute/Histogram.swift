import CKernels

/// The distribution of the values of a parameter.
package struct Histogram: Sendable, Equatable {
  /// The minimum and maximum.
  package let range: ClosedRange<Float>
  package let sum: Double
  package let sumOfSquares: Double
  /// The number of values in each of the equally wide buckets of the range.
  package let counts: [Int]

  /// The number of values.
  package var count: Int { counts.reduce(0, +) }

  /// The upper end of each bucket.
  package var limits: [Double] {
    let (low, high) = (Double(range.lowerBound), Double(range.upperBound))
    return (1...counts.count).map { low + (high - low) * Double($0) / Double(counts.count) }
  }
}

extension ParameterValues {
  /// The maximum number of chunks.
  private static let chunkLimit = 16
  /// The number of partial counts of the kernel.
  private static let parts = 8

  /// The range and sums of a chunk of values.
  private struct Extent {
    var least: Float
    var most: Float
    var sum = 0.0
    var squares = 0.0
  }

  /// The distribution of the values in `buckets` buckets; nil if a sum is not finite.
  package func histogram(buckets: Int, pool: ComputePool) -> Histogram? {
    precondition(buckets > 0 && count > 0, "there must be at least one bucket and one value")
    let extents = chunks(pool, Extent(least: self[0], most: self[0])) { run, extent in
      whisker_extent(
        Int64(run.count), run.baseAddress, &extent.least, &extent.most, &extent.sum, &extent.squares)
    }
    let (sum, squares) = extents.reduce((0, 0)) { ($0.0 + $1.sum, $0.1 + $1.squares) }
    guard sum.isFinite, squares.isFinite else { return nil }
    let least = extents.reduce(self[0]) { min($0, $1.least) }
    let most = extents.reduce(self[0]) { max($0, $1.most) }
    // If the range is too narrow to be divided, all values are in the first bucket.
    let width = Float(buckets) / (most - least), scale = width.isFinite ? width : 0
    let counts = chunks(pool, [UInt32](repeating: 0, count: Self.parts * buckets)) { run, counts in
      whisker_histogram(Int64(run.count), run.baseAddress, least, scale, Int64(buckets), &counts)
    }
    return Histogram(
      range: least...most, sum: sum, sumOfSquares: squares, counts: Self.sum(counts, buckets))
  }

  /// Adds up the counts of all chunks and parts.
  private static func sum(_ counts: [[UInt32]], _ buckets: Int) -> [Int] {
    var sums = [Int](repeating: 0, count: buckets)
    for part in 0..<parts {
      for counts in counts {
        for bucket in 0..<buckets { sums[bucket] += Int(counts[part * buckets + bucket]) }
      }
    }
    return sums
  }

  /// Runs `body` over the values of each chunk, starting from `initial`, and returns the results by chunk.
  private func chunks<Result>(
    _ pool: ComputePool, _ initial: Result, _ body: (UnsafeBufferPointer<Float>, inout Result) -> Void
  ) -> [Result] {
    let (runs, chunks) = (runCount, min(runCount, Self.chunkLimit))
    var results = [Result](repeating: initial, count: chunks)
    results.withUnsafeMutableBufferPointer { results in
      pool.run(chunks) { chunk, _ in
        for index in runs * chunk / chunks..<runs * (chunk + 1) / chunks { body(run(index), &results[chunk]) }
      }
    }
    return results
  }
}
