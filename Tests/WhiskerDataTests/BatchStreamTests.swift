import Foundation
import TestSupport
import Testing
import WhiskerData
import WhiskerCore

@Suite struct BatchStreamTests {
  private func batches(_ stream: BatchStream) throws -> [Batch] {
    var batches: [Batch] = []
    while let batch = try stream.next() { batches.append(batch) }
    return batches
  }

  private func stream(
    _ dataset: any Dataset, order: [SampleIndex]? = nil, size: Int, workers: Int, depth: Int? = nil,
    policy: BatchStream.ErrorPolicy = .skip
  ) -> BatchStream {
    BatchStream(
      dataset, order: order ?? Array(0..<SampleIndex(dataset.count)), batchSize: size,
      readAhead: .init(workers: workers, depth: depth), policy: policy)
  }

  static let sizes = [0, 1, 2, 7, 64, 300]
  static let depths = [1, 2, 3, 16]

  /// The seed alone decides the order: it is compared with what is computed without a stream.
  @Test(arguments: [0, 1, 2, 5], [1, 3, 10, 64, 1000])
  func everySampleComesExactlyOnceInOrderWithItsOwnPixelsAndLabel(_ workers: Int, size: Int) throws {
    for (count, depth) in Self.sizes.flatMap({ count in Self.depths.map { (count, $0) } }) {
      let samples = SampleSet(FakeDataset(count: count))
      let order = samples.shuffled(seed: UInt64(count), epoch: depth)
      #expect(order.sorted() == samples.indices)
      let batches = try batches(
        stream(samples.dataset, order: order, size: size, workers: workers, depth: depth))
      #expect(batches.flatMap(\.indices) == order)
      #expect(batches.flatMap(\.labels) == order.map { Int32($0 % 2) })
      #expect(batches.flatMap(\.images) == order.flatMap { FakeDataset.pixels(of: Int($0)) })
      #expect(batches.dropLast().allSatisfy { $0.count == size })
      #expect(batches.count == (count + size - 1) / size)
    }
  }

  static let broken: [[Int]] = [
    [0], [299], Array(0..<64), Array(100..<300), Array(stride(from: 0, to: 300, by: 2)),
    [3, 4, 5, 70, 71, 298],
  ]

  @Test(arguments: [(0, 1), (1, 1), (2, 4), (5, 3), (5, 16)], broken)
  func batchesCloseUpBehindSamplesThatCannotBeRead(_ readAhead: (count: Int, depth: Int), broken: [Int])
    throws
  {
    let stream = stream(
      FakeDataset(count: 300, broken: broken), size: 32, workers: readAhead.count, depth: readAhead.depth)
    let batches = try batches(stream)
    let readable = (0..<300).filter { !broken.contains($0) }
    #expect(batches.flatMap(\.indices).map(Int.init) == readable)
    #expect(batches.flatMap(\.images) == readable.flatMap(FakeDataset.pixels))
    #expect(batches.flatMap(\.labels) == readable.map { Int32($0 % 2) })
    #expect(batches.dropLast().allSatisfy { $0.count == 32 })
    #expect(batches.allSatisfy { (1...32).contains($0.count) })
    #expect(stream.failures.map(\.index) == broken)
    let expected = SampleFailure(index: broken[0], name: "sample\(broken[0])", reason: "is broken")
    #expect(stream.failures.first == expected)
  }

  @Test func whereNothingCanBeReadThereAreNoBatches() throws {
    let stream = stream(FakeDataset(count: 10, broken: 0..<10), size: 4, workers: 2)
    #expect(try stream.next() == nil)
    #expect(stream.failures.count == 10)
    #expect(try self.stream(FakeDataset(count: 0), size: 4, workers: 2).next() == nil)
  }

  @Test func theBytesDoNotDependOnTheWorkers() throws {
    let random = noise(300, below: 300)
    let dataset = { FakeDataset(count: 300, broken: [7, 8, 200]) { usleep(UInt32(random[$0])) } }
    let reference = try batches(stream(dataset(), size: 16, workers: 0))
    for (workers, depth) in [(1, 1), (1, 5), (2, 4), (5, 2), (5, 20)] {
      let other = try batches(stream(dataset(), size: 16, workers: workers, depth: depth))
      #expect(other.map(\.images) == reference.map(\.images))
      #expect(other.map(\.labels) == reference.map(\.labels))
    }
  }

  @Test(arguments: [0, 1, 4], [1, 3, 8])
  func whereThePolicyIsToFailTheFirstBrokenSampleIsThrownInItsPlaceAndNothingFollows(
    _ workers: Int, depth: Int
  ) throws {
    for (first, size) in [0, 5, 20, 63, 99].flatMap({ first in [1, 8, 64].map { (first, $0) } }) {
      let stream = stream(
        FakeDataset(count: 100, broken: [first, 99, min(99, first + 17)]), size: size, workers: workers,
        depth: depth, policy: .fail)
      for number in 0..<first / size {
        let whole = SampleIndex(number * size)..<SampleIndex((number + 1) * size)
        #expect(try stream.next()?.indices == Array(whole))
      }
      let failure = #expect(throws: SampleFailure.self) { try stream.next() }
      #expect(failure == SampleFailure(index: first, name: "sample\(first)", reason: "is broken"))
      #expect(try stream.next() == nil)
    }
  }

  @Test(arguments: [0, 1, 4])
  func whereTheMachineRunsOutOfSomethingNoSampleIsBlamed(_ workers: Int) throws {
    let stream = stream(FakeDataset(count: 100, exhaustedFrom: 20), size: 8, workers: workers)
    for _ in 0..<2 { #expect(try stream.next()?.count == 8) }
    #expect(throws: ResourceError.self) { try stream.next() }
    #expect(try stream.next() == nil)
    #expect(stream.failures.isEmpty)
  }

  @Test(arguments: [1, 2, 5], [1, 2, 7]) func neverMoreBatchesAreReadAheadThanTheDepth(
    _ workers: Int, depth: Int
  ) throws {
    let dataset = FakeDataset(count: 400, broken: stride(from: 0, to: 400, by: 9))
    let stream = stream(dataset, size: 8, workers: workers, depth: depth)
    // A batch may take two chunks of the order, where samples in them cannot be read.
    var chunks = 0, taken = 0
    while let batch = try stream.next() {
      taken += batch.count
      while chunks * 8 < Int(batch.indices[batch.count - 1]) + 1 { chunks += 1 }
      #expect(dataset.readIndices.count <= 8 * (chunks + depth))
    }
    #expect(taken == 400 - 45)
  }

  @Test(arguments: [0, 1, 4], [1, 2, 9]) func aStreamThatIsLeftAtAnyPointFreesItsWorkers(
    _ workers: Int, depth: Int
  ) throws {
    for (taken, cancels) in (0...13).flatMap({ taken in [(taken, false), (taken, true)] }) {
      weak var dataset: FakeDataset?
      do {
        let held = FakeDataset(count: 100, broken: [0, 30]) { _ in usleep(20) }
        dataset = held
        let stream = stream(held, size: 8, workers: workers, depth: depth)
        for _ in 0..<taken { _ = try stream.next() }
        if cancels {
          stream.cancel()
          #expect(try stream.next() == nil)
        }
      }
      // What the workers work for is let go when the last of them is done.
      #expect(holds(within: 10) { dataset == nil })
    }
  }

  @Test func withoutWorkersSamplesAreReadOnTheCallersThreadAndOtherwiseNever() throws {
    for workers in [0, 1, 3] {
      let threads = Lock(Set<UInt>())
      let dataset = FakeDataset(count: 50) { _ in threads.withLock { _ = $0.insert(UInt(pthread_self())) } }
      _ = try batches(stream(dataset, size: 8, workers: workers))
      let (caller, readers) = (UInt(pthread_self()), threads.withLock { $0 })
      #expect(workers == 0 ? readers == [caller] : !readers.contains(caller))
    }
  }

  @Test func theTimeThatTheReaderWaitedIsReported() throws {
    let stream = stream(FakeDataset(count: 4) { _ in usleep(5000) }, size: 2, workers: 1)
    #expect(stream.waitingSeconds == 0)
    _ = try batches(stream)
    #expect(stream.waitingSeconds > 0.005)
  }

  @Test func picturesInAFolderComeAsBatchesTheBrokenOnesReportedByPathAndReason() throws {
    let folder = try TemporaryFolder()
    for value in UInt8(0)..<6 {
      try folder.write(flatPNG(value), to: "\(value % 2 == 0 ? "cat" : "dog")/\(value)")
    }
    try folder.write([], to: "cat/1")
    let source = try DataSource.open(folder.path, Preprocessing(height: 1, width: 1))
    let stream = stream(try #require(source.splits[.training]), size: 4, workers: 2)
    let batches = try batches(stream)
    #expect(batches.map(\.images) == [[0, 2, 4, 1], [3, 5]])
    #expect(batches.map(\.labels) == [[0, 0, 0, 1], [1, 1]])
    #expect(
      stream.failures == [SampleFailure(index: 1, name: "cat/1", reason: "is empty, not PNG, JPEG or WebP")])
  }
}
