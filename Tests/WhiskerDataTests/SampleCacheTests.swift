import Dispatch
import Testing
import WhiskerData
import WhiskerCore

@Suite struct SampleCacheTests {
  private func read(_ dataset: any Dataset) throws -> [[UInt8]] {
    try (0..<dataset.count).map { try dataset.sample(at: $0) }
  }

  @Test func theSecondEpochDoesNotReadTheSourceAgain() throws {
    let source = FakeDataset(count: 50)
    let cache = SampleCache(source, budget: 1 << 20)
    let first = try read(cache)
    #expect(source.readIndices == Array(0..<50))
    #expect(try read(cache) == first)
    #expect(source.readIndices.count == 50)
    #expect(first == (0..<50).map(FakeDataset.pixels))
  }

  // A sample is four bytes.
  @Test(arguments: [(0, 0), (3, 0), (4, 1), (43, 10), (200, 50), (Int.max, 50), (-1, 0)])
  func noMoreIsKeptThanTheBudgetAllows(_ budget: Int, kept: Int) throws {
    let source = FakeDataset(count: 50)
    let cache = SampleCache(source, budget: budget)
    for _ in 0..<3 { #expect(try read(cache) == (0..<50).map(FakeDataset.pixels)) }
    #expect(source.readIndices.count == 50 * 3 - 2 * kept)
  }

  @Test func failuresAreRemembered() throws {
    let source = FakeDataset(count: 4, broken: [2])
    let cache = SampleCache(source, budget: 1 << 20)
    for _ in 0..<2 {
      let failure = #expect(throws: SampleFailure.self) { try cache.sample(at: 2) }
      #expect(failure == SampleFailure(index: 2, name: "sample2", reason: "is broken"))
    }
    #expect(source.readIndices == [2])
  }

  @Test func aSampleThatCannotBeReadKeepsNoOtherFromBeingUsedInPlace() throws {
    let source = FakeDataset(count: 50, broken: [7, 20, 21, 49])
    let cache = SampleCache(source, budget: 1 << 20)
    let order = (0..<50).map { SampleIndex($0) }
    let first = try images(cache, order)
    #expect(cache.isInMemory)
    let stream = BatchStream(cache, order: order, batchSize: 16, readAhead: .init(workers: 2))
    #expect(stream.isInMemory)
    var batches: [Batch] = []
    while let batch = try stream.next() {
      batches.append(batch)
      // What fails is found out no earlier than without the cache.
      if batches.count == 1 { #expect(stream.failures.map(\.index) == [7]) }
    }
    #expect(batches.map(\.count) == [16, 16, 14] && batches.map(\.images) == first)
    #expect(stream.failures.map(\.index) == [7, 20, 21, 49])
    for batch in batches {
      batch.withAddresses { address in
        #expect((0..<batch.count).allSatisfy { address($0) == cache.address(of: Int(batch.indices[$0])) })
      }
    }
    #expect(source.readIndices.sorted() == Array(0..<50))
    let strict = BatchStream(cache, order: order, batchSize: 16, readAhead: .init(workers: 2), policy: .fail)
    #expect(throws: SampleFailure.self) { try strict.next() }
  }

  @Test func aCacheIsTheDataSetThatItStandsBefore() {
    let source = FakeDataset(count: 7)
    let cache = SampleCache(source, budget: 100)
    #expect(cache.count == 7 && cache.classNames == source.classNames && cache.classCounts == [4, 3])
    #expect(cache.preprocessing == source.preprocessing && cache.name(at: 3) == "sample3")
    #expect(source.isWorthCaching && !cache.isWorthCaching)
  }

  @Test(arguments: [100, 1 << 20]) func streamsHaveTheSameBytesWithAndWithoutACache(_ budget: Int) throws {
    let source = FakeDataset(count: 200, broken: [5, 6])
    let cache = SampleCache(source, budget: budget)
    for epoch in 1...3 {
      let order = EpochOrder(of: Array(0..<200), seed: 4, epoch: epoch).indices
      let plain = try images(source, order), cached = try images(cache, order)
      #expect(plain == cached)
    }
  }

  private func images(_ dataset: any Dataset, _ order: [SampleIndex]) throws -> [[UInt8]] {
    let stream = BatchStream(dataset, order: order, batchSize: 16, readAhead: .init(workers: 3))
    var images: [[UInt8]] = []
    while let batch = try stream.next() { images.append(batch.images) }
    return images
  }

  @Test func manyThreadsMayReadTheSameSamplesAtOnce() {
    let cache = SampleCache(FakeDataset(count: 64), budget: 40 * 4)
    let wrong = Lock(0)
    DispatchQueue.concurrentPerform(iterations: 2000) { round in
      let index = round * 7 % 64
      if (try? cache.sample(at: index)) != FakeDataset.pixels(of: index) { wrong.withLock { $0 += 1 } }
    }
    #expect(wrong.withLock { $0 } == 0)
  }

  // As when `--dropout auto` measures training samples that the training's workers are just reading.
  @Test func aSampleThatTwoReadAtOnceIsKeptOnce() throws {
    let arrived = Lock(0)
    let source = FakeDataset(count: 2) { index in
      guard index == 0 else { return }
      arrived.withLock { $0 += 1 }
      arrived.wakeAll()
      arrived.wait { $0 >= 2 ? () : nil }
    }
    let cache = SampleCache(source, budget: 2 * 4)
    // A thread each, on one core too: the readers wait for each other.
    let readers = DispatchGroup()
    for reader in ["first", "second"] {
      DispatchQueue(label: reader).async(group: readers) {
        #expect((try? cache.sample(at: 0)) == FakeDataset.pixels(of: 0))
      }
    }
    readers.wait()
    #expect(source.readIndices == [0, 0])
    #expect(!cache.isInMemory && cache.address(of: 1) == nil)
    for _ in 0..<2 { #expect(try read(cache) == [0, 1].map(FakeDataset.pixels)) }
    #expect(source.readIndices == [0, 0, 1])
    #expect(cache.isInMemory && cache.address(of: 1) != nil)
  }

  @Test func theAutomaticBudgetIsAShareOfTheMachine() {
    #expect(MemoryBudget.automatic > 1 << 20)
  }
}
