import Testing
import WhiskerNN

@Suite struct HistogramTests {
  /// A parameter with padded rows, and one with several runs.
  private func network() throws -> Network {
    let layers: [LayerSpecification] = [
      .convolution(filters: 3, kernel: 3), .relu, .maxPool(size: 2), .flatten, .dense(units: 37), .relu,
      .dense(units: nil),
    ]
    let network = try Network(
      NetworkSpecification(layers: layers), input: .map(channels: 1, height: 28, width: 28), classCount: 5,
      capacity: 1, pool: ComputePool(threads: 2))
    network.initialize(seed: 3)
    return network
  }

  @Test("Every value is counted once, in its bucket")
  func countsAll() throws {
    let network = try network()
    for parameter in network.parameters where parameter.name.hasSuffix("weight") {
      let values = parameter.value.values
      let histogram = try #require(parameter.value.histogram(buckets: 10, pool: network.pool))
      #expect(histogram.range == values.min()!...values.max()!)
      #expect(histogram.count == values.count)
      let sum = values.reduce(0) { $0 + Double($1) }
      let squares = values.reduce(0) { $0 + Double($1) * Double($1) }
      #expect(abs(histogram.sum - sum) < 1e-3 && abs(histogram.sumOfSquares / squares - 1) < 1e-5)
      var lower = -Double.infinity
      for (limit, count) in zip(histogram.limits, histogram.counts) {
        let upper = count == histogram.counts.last && limit == histogram.limits.last ? .infinity : limit
        let counted = values.count { Double($0) >= lower && Double($0) < upper }
        // A value at a limit may be rounded to either side.
        #expect(abs(counted - count) <= 1, "\(parameter.name) up to \(limit)")
        lower = limit
      }
    }
  }

  @Test("Equal values are in one bucket, and NaN or infinite values have no histogram")
  func edges() throws {
    let network = try network()
    let bias = network.parameters[1].value
    #expect(bias.histogram(buckets: 4, pool: network.pool)?.counts == [3, 0, 0, 0])
    for value in [Float.nan, .infinity] {
      bias[1] = value
      #expect(bias.histogram(buckets: 4, pool: network.pool) == nil)
    }
  }
}
