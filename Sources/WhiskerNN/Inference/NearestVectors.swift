import CKernels
import WhiskerCore

/// The nearest of some vectors to others by their products, which for vectors of length 1 are cosines. The products are computed in
/// blocks, so that the memory grows with the vectors, not with their pairs.
package struct NearestVectors {
  /// A neighbour of a query.
  package struct Neighbour: Equatable {
    package let index: Int
    package let product: Float
  }

  private let dimension: Int
  private let count: Int
  private let pool: ComputePool
  /// Blocks of `baseSize` vectors as weights, `[panels, baseSize, B]` each.
  private let base: [Buffer<Float>]

  /// The number of vectors that are compared with a group of queries at a time.
  private static let baseSize = 256
  /// The blocks of queries of a task.
  private static let queryBlocks = 4
  /// The tasks after which a search can be stopped.
  private static let portion = 16

  /// - Parameter vectors: `[count, dimension]`, finite.
  /// - Parameter rows: The rows of the vectors to use; nil for all. A neighbour's index is its place among them.
  package init(_ vectors: [Float], rows: [Int]? = nil, dimension: Int, pool: ComputePool) {
    (self.dimension, self.pool) = (dimension, pool)
    count = rows?.count ?? vectors.count / dimension
    let (count, size) = (count, Self.baseSize)
    base = stride(from: 0, to: count, by: size).map { start in
      let panels = blockCount(dimension)
      let packed = Buffer<Float>(count: panels * size * blockSize)
      for unit in 0..<min(size, count - start) {
        let row = (rows?[start + unit] ?? start + unit) * dimension
        for feature in 0..<dimension {
          let (panel, lane) = (feature / blockSize, feature % blockSize)
          packed.elements[(panel * size + unit) * blockSize + lane] =
            vectors[row + feature]
        }
      }
      return packed
    }
  }

  /// The nearest vectors of every query, the nearest first.
  /// - Parameter queries: `[queries, dimension]`, finite.
  /// - Parameter rows: The rows of the queries to use; nil for all.
  /// - Parameter limit: The most neighbours of a query.
  /// - Parameter least: The least product of a neighbour.
  /// - Parameter excludesOwn: Whether the vector with the query's own index is no neighbour.
  /// - Parameter shouldStop: Called every thousand queries.
  /// - Throws: `CancellationError` when it was stopped.
  package func nearest(
    to queries: [Float], rows: [Int]? = nil, limit: Int, least: Float, excludesOwn: Bool,
    shouldStop: () -> Bool = { false }
  ) throws -> Neighbours {
    let queryCount = rows?.count ?? queries.count / dimension
    let group = Self.queryBlocks * blockSize
    let tasks = (queryCount + group - 1) / group
    let found = Buffer<Found>(count: queryCount * limit)
    let filled = Buffer<Int32>(count: queryCount)
    let inputs = (0..<pool.threads).map { _ in Buffer<Float>(count: group * dimension) }
    let gathered = (0..<pool.threads).map { _ in Buffer<Float>(count: blockSize * dimension) }
    let outputs = (0..<pool.threads).map { _ in Buffer<Float>(count: group * Self.baseSize) }
    func search(_ portion: Range<Int>, _ start: UnsafePointer<Float>) {
      pool.run(portion.count) { task, worker in
        let first = (portion.lowerBound + task) * group
        let own = first..<min(first + group, queryCount)
        let (input, output) = (inputs[worker].elements, outputs[worker].elements)
        for block in 0..<blockCount(own.count) {
          let places = own.dropFirst(block * blockSize).prefix(blockSize)
          for (lane, place) in places.enumerated() {
            let row = start + (rows?[place] ?? place) * dimension
            gathered[worker].elements.advanced(by: lane * dimension).update(from: row, count: dimension)
          }
          whisker_rows_to_block(
            Int64(places.count), Int64(dimension), gathered[worker].elements,
            input + block * blockSize * dimension)
        }
        var list = NeighbourList(found.elements, filled.elements, limit: limit)
        for (part, weights) in base.enumerated() {
          var shape = whisker_dense(features: Int64(dimension), units: Int64(Self.baseSize))
          whisker_dense_forward(
            &shape, 0, Int64(dimension), Int64(blockCount(own.count)), weights.elements, input, output, 0)
          let firstUnit = part * Self.baseSize
          let units = min(Self.baseSize, count - firstUnit)
          for block in 0..<blockCount(own.count) {
            let lanes = min(blockSize, own.count - block * blockSize)
            for unit in 0..<units {
              let products = output + (block * Self.baseSize + unit) * blockSize
              for lane in 0..<lanes where products[lane] >= least {
                let query = own.lowerBound + block * blockSize + lane
                if !excludesOwn || query != firstUnit + unit {
                  list.add(firstUnit + unit, products[lane], to: query)
                }
              }
            }
          }
        }
      }
    }
    try queries.withUnsafeBufferPointer { queries in
      guard let start = queries.baseAddress else { return }
      for first in stride(from: 0, to: tasks, by: Self.portion) {
        guard !shouldStop() else { throw CancellationError() }
        search(first..<min(first + Self.portion, tasks), start)
      }
    }
    return Neighbours(count: queryCount, limit: limit, found: found, filled: filled)
  }

  /// The neighbours of every query.
  package struct Neighbours: RandomAccessCollection {
    /// The number of queries.
    package let count: Int
    fileprivate let limit: Int
    /// `[count, limit]`, of which those of a query that are filled count.
    fileprivate let found: Buffer<Found>
    fileprivate let filled: Buffer<Int32>

    package var startIndex: Int { 0 }
    package var endIndex: Int { count }

    /// The neighbours of a query, the nearest first.
    package subscript(query: Int) -> [Neighbour] {
      (0..<Int(filled.elements[query])).map { place in
        let own = found.elements[query * limit + place]
        return Neighbour(index: Int(own.index), product: own.product)
      }
    }

    /// The number of neighbours of all queries.
    package var total: Int { (0..<count).reduce(0) { $0 + Int(filled.elements[$1]) } }

    /// The memory of a query's neighbours, in bytes.
    package static func memory(limit: Int) -> Int {
      limit * MemoryLayout<Found>.stride + MemoryLayout<Int32>.stride
    }
  }
}

private struct Found: BitwiseCopyable {
  var product: Float
  var index: Int32
}

/// The nearest neighbours so far of all queries, sorted.
private struct NeighbourList {
  private let found: UnsafeMutablePointer<Found>
  private let filled: UnsafeMutablePointer<Int32>
  private let limit: Int

  init(
    _ found: UnsafeMutablePointer<Found>, _ filled: UnsafeMutablePointer<Int32>, limit: Int
  ) {
    (self.found, self.filled, self.limit) = (found, filled, limit)
  }

  mutating func add(_ index: Int, _ product: Float, to query: Int) {
    let own = found + query * limit
    var place = Int(filled[query])
    if place == limit {
      guard product > own[limit - 1].product else { return }
      place -= 1
    } else {
      filled[query] += 1
    }
    // Of equal products the earlier vector is nearer.
    while place > 0, own[place - 1].product < product {
      own[place] = own[place - 1]
      place -= 1
    }
    own[place] = Found(product: product, index: Int32(truncatingIfNeeded: index))
  }
}
