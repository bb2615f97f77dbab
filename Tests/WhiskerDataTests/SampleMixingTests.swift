import Testing
import WhiskerCore
import WhiskerData

/// Samples of 16 x 12 gray pixels that all have the value 10 x index, in as many classes as samples.
private struct FlatDataset: Dataset {
  static let shape = Preprocessing(height: 16, width: 12)
  let info: DatasetInfo

  init(count: Int) {
    info = DatasetInfo(
      count: count, classNames: (0..<count).map { "class\($0)" }, preprocessing: Self.shape)
  }

  func label(at index: Int) -> Int { index }
  func name(at index: Int) -> String { "sample\(index)" }
  func read(_ index: Int, into pixels: UnsafeMutableRawBufferPointer) {
    pixels.initializeMemory(as: UInt8.self, repeating: UInt8(10 * index))
  }
}

@Suite struct SampleMixingTests {
  private static let count = 25
  private static let size = FlatDataset.shape.sampleSize

  /// The next sample of a group of 16 of the batch of 25.
  private static func partner(of row: Int) -> Int { row < 16 ? (row + 1) % 16 : 16 + (row - 16 + 1) % 9 }

  private func batch(_ order: [SampleIndex] = (0..<SampleIndex(count)).map(\.self)) throws -> Batch {
    let stream = BatchStream(
      FlatDataset(count: Self.count), order: order, batchSize: order.count, readAhead: .init(workers: 0))
    return try #require(try stream.next())
  }

  private func mixed(_ mixing: SampleMixing, seed: UInt64 = 3, epoch: Int = 1) throws -> Batch {
    mixing.mixed(try batch(), FlatDataset.shape, seed: seed, epoch: epoch)
  }

  private func sample(_ row: Int, of batch: Batch) -> ArraySlice<UInt8> {
    batch.images[row * Self.size..<(row + 1) * Self.size]
  }

  @Test func mixupAveragesPixelsInTheSharesOfTheLabels() throws {
    let batch = try mixed(SampleMixing(mixup: 1))
    let second = try #require(batch.second)
    #expect(batch.labels == (0..<25).map { Int32($0) })
    #expect(second.labels == (0..<25).map { Int32(Self.partner(of: $0)) })
    for (row, share) in second.shares.enumerated() {
      let exact = (1 - share) * Double(10 * row) + share * Double(10 * Self.partner(of: row))
      #expect(sample(row, of: batch).allSatisfy { abs(Double($0) - exact) <= 0.5 })
    }
    #expect(second.shares.allSatisfy { (0...0.5).contains($0) })
    #expect(Set(second.shares).count > 15)
  }

  @Test func cutMixReplacesARectangleOfTheAreaOfTheShare() throws {
    let batch = try mixed(SampleMixing(cutmix: 1))
    let second = try #require(batch.second)
    for (row, share) in second.shares.enumerated() {
      let pixels = Array(sample(row, of: batch)), other = UInt8(10 * Self.partner(of: row))
      let places = pixels.indices.filter { pixels[$0] != UInt8(10 * row) }
      #expect(places.allSatisfy { pixels[$0] == other })
      #expect(Double(places.count) == (share * Double(Self.size)).rounded())
      let rows = Set(places.map { $0 / 12 }), columns = Set(places.map { $0 % 12 })
      #expect(rows.count * columns.count == places.count)
      #expect((rows.max() ?? 0) - (rows.min() ?? 1) + 1 == rows.count)
      #expect((columns.max() ?? 0) - (columns.min() ?? 1) + 1 == columns.count)
    }
  }

  /// The mean and the variance of min(x, 1 - x) for x from Beta(a, a): 1/4 and 1/48 for a = 1 (uniform); for a = 1/2 (arcsine law)
  /// the mean is 1/2 - 1/pi, and for a = 2 it is 5/16, by integration.
  @Test(arguments: [(1.0, 0.25), (0.5, 0.5 - 1 / 3.141592653589793), (2, 0.3125)])
  func sharesHaveTheMeanOfTheBetaDistribution(_ parameter: Double, mean: Double) throws {
    let shares = try (1...80).flatMap {
      try mixed(SampleMixing(mixup: parameter), epoch: $0).second?.shares ?? []
    }
    #expect(shares.count == 2000)
    let measured = shares.reduce(0, +) / Double(shares.count)
    // The standard deviation of a share is at most 0.16, that of the mean of 2,000 is 0.0036.
    #expect(abs(measured - mean) < 0.015)
  }

  @Test func mixingIsAFunctionOfSeedAndEpoch() throws {
    let both = SampleMixing(mixup: 0.4, cutmix: 1)
    #expect(try mixed(both).images == mixed(both).images)
    #expect(try mixed(both).images != mixed(both, seed: 4).images)
    #expect(try mixed(both).images != mixed(both, epoch: 2).images)
  }

  @Test func aBatchOfOneAndNoMixingStayAsTheyAre() throws {
    let alone = try batch([7])
    let same = SampleMixing(mixup: 1).mixed(alone, FlatDataset.shape, seed: 0, epoch: 1)
    #expect(same.images == alone.images && same.second == nil)
    #expect(try mixed(SampleMixing()).second == nil)
  }
}
