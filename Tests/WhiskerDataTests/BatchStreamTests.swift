import Foundation
import TestSupport
import Testing
import WhiskerData
import WhiskerTensor

@Suite struct BatchStreamTests {
  private func batches(_ stream: BatchStream) throws -> [Batch] {
    var batches: [Batch] = []
    while let batch = try stream.next() { batches.append(batch) }
    return batches
  }

  private func stream(
    _ dataset: any Dataset, order: [SampleIndex]? = nil, size: Int, lanes: Int,
    policy: BatchStream.ErrorPolicy = .skip
  ) -> BatchStream {
    BatchStream(
      dataset, order: order ?? Array(0..<SampleIndex(dataset.count)), batchSize: size,
      lanes: .init(count: lanes),
      policy: policy)
  }

  @Test(arguments: [0, 1, 2, 5], [1, 3, 10, 64, 1000])
  func everySampleComesExactlyOnceInOrderWithItsOwnPixelsAndLabel(_ lanes: Int, size: Int) throws {
    let order = EpochOrder(of: Array(0..<300), seed: 1, epoch: 1).indices
    let batches = try batches(stream(FakeDataset(count: 300), order: order, size: size, lanes: lanes))
    #expect(batches.flatMap(\.indices) == order)
    #expect(batches.flatMap(\.labels) == order.map { Int32($0 % 2) })
    #expect(batches.flatMap(\.images) == order.flatMap { FakeDataset.pixels(of: Int($0)) })
    #expect(batches.dropLast().allSatisfy { $0.count == size })
    #expect(batches.count == (300 + size - 1) / size)
  }

  static let broken: [[Int]] = [
    [0], [299], Array(0..<64), Array(100..<300), Array(stride(from: 0, to: 300, by: 2)),
    [3, 4, 5, 70, 71, 298],
  ]

  @Test(arguments: [0, 2, 5], broken)
  func batchesCloseUpBehindSamplesThatCannotBeRead(_ lanes: Int, broken: [Int]) throws {
    let stream = stream(FakeDataset(count: 300, broken: broken), size: 32, lanes: lanes)
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
    let stream = stream(FakeDataset(count: 10, broken: 0..<10), size: 4, lanes: 2)
    #expect(try stream.next() == nil)
    #expect(stream.failures.count == 10)
    #expect(try self.stream(FakeDataset(count: 0), size: 4, lanes: 2).next() == nil)
  }

  @Test func theBytesDoNotDependOnTheLanes() throws {
    let random = noise(300, below: 300)
    let dataset = { FakeDataset(count: 300, broken: [7, 8, 200]) { usleep(UInt32(random[$0])) } }
    let reference = try batches(stream(dataset(), size: 16, lanes: 0))
    for lanes in [1, 2, 5] {
      let other = try batches(stream(dataset(), size: 16, lanes: lanes))
      #expect(other.map(\.images) == reference.map(\.images))
      #expect(other.map(\.labels) == reference.map(\.labels))
    }
  }

  @Test(arguments: [0, 1, 4])
  func whereThePolicyIsToFailTheFirstBrokenSampleIsThrownAndNothingFollows(_ lanes: Int) throws {
    let stream = stream(FakeDataset(count: 100, broken: [37, 20, 99]), size: 8, lanes: lanes, policy: .fail)
    #expect(try stream.next()?.indices == Array(0..<8))
    #expect(try stream.next()?.indices == Array(8..<16))
    let failure = #expect(throws: SampleFailure.self) { try stream.next() }
    #expect(failure == SampleFailure(index: 20, name: "sample20", reason: "is broken"))
    #expect(try stream.next() == nil)
  }

  @Test func aCancelledStreamEnds() throws {
    let stream = stream(FakeDataset(count: 100, broken: [0]), size: 8, lanes: 2)
    #expect(try stream.next()?.count == 8)
    stream.cancel()
    #expect(try stream.next() == nil)
  }

  @Test func theTimeThatTheReaderWaitedIsTold() throws {
    let stream = stream(FakeDataset(count: 4) { _ in usleep(5000) }, size: 2, lanes: 1)
    #expect(stream.waitingSeconds == 0)
    _ = try batches(stream)
    #expect(stream.waitingSeconds > 0.005)
  }

  @Test func picturesInAFolderComeAsBatchesTheBrokenOnesToldByPathAndReason() throws {
    let folder = try TemporaryFolder()
    for value in UInt8(0)..<6 {
      try folder.write(flatPNG(value), to: "\(value % 2 == 0 ? "cat" : "dog")/\(value)")
    }
    try folder.write([], to: "cat/1")
    let source = try DataSource.open(folder.path, Preprocessing(height: 1, width: 1))
    let stream = stream(try #require(source.parts[.training]), size: 4, lanes: 2)
    let batches = try batches(stream)
    #expect(batches.map(\.images) == [[0, 2, 4, 1], [3, 5]])
    #expect(batches.map(\.labels) == [[0, 0, 0, 1], [1, 1]])
    #expect(stream.failures == [SampleFailure(index: 1, name: "cat/1", reason: "is empty, not PNG or JPEG")])
  }
}
