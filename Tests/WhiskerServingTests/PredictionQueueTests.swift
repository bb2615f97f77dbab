import SampleImages
import TestSupport
import Testing
import WhiskerCore
import WhiskerData
import WhiskerNN
import WhiskerServing
import WhiskerTraining

@Suite struct PredictionQueueTests {
  private let folder: TemporaryFolder
  private let model: Model
  private static let workers = 3

  init() throws {
    folder = try TemporaryFolder()
    let preprocessing = Preprocessing(height: 16, width: 16, colorMode: .grayscale)
    let network = try Network(
      NetworkPreset.mnistConvnet.specification, input: preprocessing.inputShape, classCount: 3, capacity: 1,
      pool: ComputePool(threads: 1))
    network.initialize(seed: 7)
    let path = folder.path("model.safetensors")
    try Model.write(
      network, classNames: ["a", "b", "c"], preprocessing: preprocessing,
      summary: .init(seed: 7, steps: 0, report: nil), to: path)
    model = try Model(path)
  }

  private func queue(limit: Int = 1000) throws -> PredictionQueue {
    try PredictionQueue(Predictor(model, threads: 1), workers: Self.workers, limit: limit)
  }

  /// The file of a picture that differs with its number.
  private func picture(_ number: Int) throws -> ReceivedPicture {
    let samples = (0..<400).map { UInt16(($0 * (number + 3) * 7 + $0 * $0) % 256) }
    let bytes = try encodePNG(
      width: 20, height: 20, samples: samples, options: PNGOptions(colorType: .gray, bitDepth: 8))
    return ReceivedPicture(name: "\(number)", bytes: bytes)
  }

  /// What the queue answers to a job.
  private static func answers(
    _ queue: PredictionQueue, _ pictures: [ReceivedPicture]
  ) async throws -> [Predictor.Answer] {
    // The thread sanitizer sees the order that a lock makes, but not that of a continuation.
    let received = Lock<Result<[Predictor.Answer], any Error>>(.failure(Refused()))
    await withCheckedContinuation { continuation in
      let job = PredictionJob(pictures) { result in
        received.withLock { $0 = result }
        continuation.resume()
      }
      if !queue.add(job) { continuation.resume() }
    }
    return try received.withLock { $0 }.get()
  }

  private struct Refused: Error {}

  @Test("Jobs that share batches get the predictions that each picture has alone, in their order")
  func sharedBatches() async throws {
    let pictures = try (0..<50).map(picture)
    var alone: [Prediction] = []
    let predictor = try Predictor(model, threads: 1)
    for picture in pictures {
      let sample = try predictor.pictureDecoder.decode(picture.bytes, name: picture.name)
      alone += try predictor.predictions(forSamples: [sample])
    }
    #expect(Set(alone.map(\.probabilities)).count > 1)
    let queue = try queue()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for start in 0..<40 {
        group.addTask { [alone] in
          let numbers = start..<start + 1 + start % 10
          let answers = try await Self.answers(queue, numbers.map { pictures[$0] })
          #expect(answers.map(\.path) == numbers.map { "\($0)" })
          #expect(try answers.map { try $0.result.get() } == numbers.map { alone[$0] })
        }
      }
      try await group.waitForAll()
    }
    #expect(queue.pending == 0)
  }

  @Test("A picture that cannot be read has its error between the others")
  func unreadable() async throws {
    let queue = try queue()
    let pictures = [try picture(1), ReceivedPicture(name: "x", bytes: [1, 2, 3]), try picture(2)]
    let answers = try await Self.answers(queue, pictures)
    #expect(answers.map { (try? $0.result.get()) != nil } == [true, false, true])
    #expect(try await Self.answers(queue, [pictures[1]]).count == 1)
  }

  @Test("More than the limit is refused unless nothing waits, and what is cancelled makes room")
  func limit() async throws {
    let queue = try queue(limit: 2)
    let pictures = try (0..<60).map(picture)
    #expect(try await Self.answers(queue, pictures).count == 60)
    // All workers wait in completions, so that nothing is decoded.
    let gate = Lock((waiting: 0, isOpen: false))
    for number in 1...Self.workers {
      let job = PredictionJob([pictures[0]]) { _ in
        gate.withLock { $0.waiting += 1 }
        gate.wakeAll()
        gate.wait { $0.isOpen ? () : nil }
      }
      #expect(queue.add(job))
      gate.wait { $0.waiting == number ? () : nil }
    }
    let large = PredictionJob(pictures) { _ in Issue.record("answered though it was cancelled") }
    #expect(queue.add(large) && queue.pending == 60)
    #expect(!queue.add(PredictionJob([pictures[0]]) { _ in }))
    queue.cancel(large)
    queue.cancel(large)
    #expect(queue.pending == 0)
    gate.withLock { $0.isOpen = true }
    gate.wakeAll()
    #expect(try await Self.answers(queue, [pictures[3]]).count == 1)
  }
}
