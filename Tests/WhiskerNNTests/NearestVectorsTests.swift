import Testing
import WhiskerCore
import WhiskerNN

@Suite struct NearestVectorsTests {
  private func vectors(_ count: Int, _ dimension: Int, seed: UInt64) -> [Float] {
    var random = RandomStream(seed: seed, purpose: .samples)
    return (0..<count * dimension).map { _ in Float(random.next(below: 2001)) / 1000 - 1 }
  }

  /// The neighbours by all products, in double precision.
  private func exact(
    _ query: ArraySlice<Float>, _ base: [Float], _ limit: Int, _ least: Float, without own: Int?
  ) -> [(index: Int, product: Double)] {
    let all = stride(from: 0, to: base.count, by: query.count).map { start in
      zip(query, base[start..<start + query.count]).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
    }
    let ranked = all.enumerated().filter { $0.offset != own && $0.element >= Double(least) }
    return Array(ranked.sorted { $0.element > $1.element }.prefix(limit).map { ($0.offset, $0.element) })
  }

  @Test func someRowsAreAsIfTheOthersWereNotThere() throws {
    let (all, rows) = (vectors(90, 20, seed: 3), Array(stride(from: 1, to: 90, by: 3)))
    let some = rows.flatMap { all[$0 * 20..<($0 + 1) * 20] }
    let pool = ComputePool(threads: 2)
    let found = try NearestVectors(all, rows: rows, dimension: 20, pool: pool).nearest(
      to: all, rows: rows, limit: 3, least: -1, excludesOwn: true)
    let wanted = try NearestVectors(some, dimension: 20, pool: pool).nearest(
      to: some, limit: 3, least: -1, excludesOwn: true)
    #expect(Array(found) == Array(wanted) && found.count == rows.count)
  }

  // Sizes on both sides of a block, of a group of queries and of a part of the vectors.
  @Test(arguments: [(1, 5, 3), (16, 16, 16), (65, 300, 37), (130, 513, 24)])
  func theNearestAreThoseOfAllProducts(_ sizes: (queries: Int, count: Int, dimension: Int)) throws {
    let base = vectors(sizes.count, sizes.dimension, seed: 1)
    let queries = vectors(sizes.queries, sizes.dimension, seed: 2)
    let pool = ComputePool(threads: 2)
    let search = NearestVectors(base, dimension: sizes.dimension, pool: pool)
    for (least, limit, excludesOwn) in [(Float(-100), 4, true), (0.5, 7, false)] {
      let found = try search.nearest(to: queries, limit: limit, least: least, excludesOwn: excludesOwn)
      #expect(found.count == sizes.queries)
      for (query, own) in found.enumerated() {
        let row = queries[query * sizes.dimension..<(query + 1) * sizes.dimension]
        let wanted = exact(row, base, limit, least, without: excludesOwn ? query : nil)
        #expect(own.map(\.index) == wanted.map(\.index), "query \(query)")
        #expect(zip(own, wanted).allSatisfy { abs(Double($0.product) - $1.product) < 1e-4 })
      }
    }
  }
}
