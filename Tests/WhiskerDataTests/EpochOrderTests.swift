import Testing
import WhiskerData

@Suite struct EpochOrderTests {
  /// Where each place of the epoch's order comes from.
  private func positions(_ count: Int, seed: UInt64, epoch: Int) -> [Int] {
    EpochOrder(of: Array(0..<SampleIndex(count)), seed: seed, epoch: epoch).indices.map(Int.init)
  }

  @Test(arguments: [0, 1, 2, 1000]) func anEpochVisitsEverySampleOnce(_ count: Int) {
    for epoch in 1...3 {
      let positions = positions(count, seed: 7, epoch: epoch)
      #expect(positions.sorted() == Array(0..<count))
    }
  }

  @Test func everyEpochAndEverySeedHasAnOrderOfItsOwn() {
    let orders = [(0, 1), (0, 2), (0, 3), (1, 1), (2, 1), (1 << 32, 1)].map { seed, epoch in
      positions(100, seed: seed, epoch: epoch)
    }
    #expect(Set(orders).count == orders.count)
    #expect(!orders.contains(Array(0..<100)))
  }

  @Test func theShuffleReachesOverTheWholeSet() {
    // The mean distance of a sample from its place in a random order of n is n / 3.
    let positions = positions(10_000, seed: 3, epoch: 1)
    let distance = positions.enumerated().reduce(0) { $0 + abs($1.offset - $1.element) } / positions.count
    #expect((3200...3470).contains(distance))
  }

  // A change of these numbers changes every model that was ever trained with its seed.
  @Test func theOrderOfASeedAndAnEpochStaysWhatItIs() {
    #expect(positions(10, seed: 0, epoch: 1) == [0, 2, 8, 3, 4, 9, 5, 1, 6, 7])
    #expect(positions(10, seed: 42, epoch: 3) == [5, 2, 6, 7, 8, 4, 1, 3, 9, 0])
    #expect(digest(positions(70_000, seed: 7, epoch: 12)) == 8_421_197_890_893_172_885)
    let samples = SampleSet(FakeDataset(count: 70_000), indices: Array(stride(from: 1, to: 70_000, by: 3)))
    #expect(digest(samples.shuffled(seed: 1 << 40, epoch: 1)) == 2_883_879_760_149_621_925)
  }

  @Test func aSampleSetIsShuffledWithinItsOwnIndices() {
    let samples = SampleSet(FakeDataset(count: 100), indices: [3, 5, 8, 13, 21, 34])
    #expect(samples.classCounts == [2, 4])
    let order = positions(6, seed: 9, epoch: 2)
    #expect(samples.shuffled(seed: 9, epoch: 2) == order.map { samples.indices[$0] })
    #expect(SampleSet(FakeDataset(count: 4)).indices == [0, 1, 2, 3])
  }
}
