import CKernels

/// How the values of a parameter are distributed.
package struct Histogram: Sendable, Equatable {
  /// The least and the largest value.
  package let range: ClosedRange<Float>
  package let sum: Double
  package let sumOfSquares: Double
  /// How many values lie in each of the equally wide buckets that the range is divided into.
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
  /// The most pieces that the work is divided into.
  private static let pieceLimit = 16
  /// The kernel's parts of the counts.
  private static let parts = 8

  /// What a piece of the values spans and adds up to.
  private struct Extent {
    var least: Float
    var most: Float
    var sum = 0.0
    var squares = 0.0
  }

  /// The distribution of the values over `buckets` buckets; nil where a value is not finite.
  package func histogram(buckets: Int, pool: ComputePool) -> Histogram? {
    precondition(buckets > 0 && count > 0, "values are counted in buckets")
    let extents = pieces(pool, Extent(least: self[0], most: self[0])) { run, extent in
      whisker_extent(
        Int64(run.count), run.baseAddress, &extent.least, &extent.most, &extent.sum, &extent.squares)
    }
    let (sum, squares) = extents.reduce((0, 0)) { ($0.0 + $1.sum, $0.1 + $1.squares) }
    guard sum.isFinite, squares.isFinite else { return nil }
    let least = extents.reduce(self[0]) { min($0, $1.least) }
    let most = extents.reduce(self[0]) { max($0, $1.most) }
    // Where the range is too narrow to be divided, all values are in the first bucket.
    let width = Float(buckets) / (most - least), scale = width.isFinite ? width : 0
    let counts = pieces(pool, [UInt32](repeating: 0, count: Self.parts * buckets)) { run, counts in
      whisker_histogram(Int64(run.count), run.baseAddress, least, scale, Int64(buckets), &counts)
    }
    return Histogram(
      range: least...most, sum: sum, sumOfSquares: squares, counts: Self.sum(counts, buckets))
  }

  /// Adds up what the pieces and parts have counted.
  private static func sum(_ counts: [[UInt32]], _ buckets: Int) -> [Int] {
    var sums = [Int](repeating: 0, count: buckets)
    for part in 0..<parts {
      for counts in counts {
        for bucket in 0..<buckets { sums[bucket] += Int(counts[part * buckets + bucket]) }
      }
    }
    return sums
  }

  /// Goes through all values in pieces, each of which starts from `initial`.
  private func pieces<Result>(
    _ pool: ComputePool, _ initial: Result, _ body: (UnsafeBufferPointer<Float>, inout Result) -> Void
  ) -> [Result] {
    let (runs, pieces) = (runCount, min(runCount, Self.pieceLimit))
    var results = [Result](repeating: initial, count: pieces)
    results.withUnsafeMutableBufferPointer { results in
      pool.run(pieces) { piece, _ in
        for index in runs * piece / pieces..<runs * (piece + 1) / pieces { body(run(index), &results[piece]) }
      }
    }
    return results
  }
}
