import WhiskerCore
import WhiskerData
import WhiskerTraining

/// Predicts the pictures of concurrent requests in shared batches.
///
/// Workers decode; one thread computes whatever is decoded, up to a batch, and waits for no more. Under load the batches fill
/// by themselves, because pictures are decoded while the previous batch is computed.
package final class PredictionQueue: Sendable {
  private typealias Place = (job: PredictionJob, index: Int)
  private typealias Sample = (place: Place, pixels: [UInt8])

  private struct State {
    /// Pictures to decode.
    var received: [Place] = []
    var decoded: [Sample] = []
    /// Jobs whose completion has not been called.
    var finished: [PredictionJob] = []
    /// The number of pictures without an answer.
    var pending = 0
    var isEnded = false
  }

  private enum Work {
    case decode(Place, ReceivedPicture)
    case complete(PredictionJob)
  }

  private let state = Lock(State())
  private let decoder: ImageDecoder
  /// The number of pictures that may wait.
  private let limit: Int

  /// The number of decoded pictures ahead of the computation, at least a batch. More would only take memory.
  private let decodedLimit: Int
  private static let decodedBytes = 64 << 20

  /// Starts the threads.
  /// - Parameter limit: The number of pictures that may wait.
  /// - Throws: `ResourceError` when the system has no threads.
  package init(_ predictor: sending Predictor, workers: Int, limit: Int) throws {
    (decoder, self.limit) = (predictor.pictureDecoder, limit)
    let size = max(1, decoder.preprocessing.sampleSize)
    decodedLimit = min(2 * Predictor.batchSize, max(Predictor.batchSize, Self.decodedBytes / size))
    let computing = Computing(predictor)
    let started = WorkerThread.start(max(1, workers)) { [self] in work() }
    guard started > 0, WorkerThread.start({ [self] in compute(computing.predictor) }) == 0 else {
      end()
      throw ResourceError("the server", "cannot start its threads: raise the limit of processes (ulimit -u)")
    }
  }

  /// The predictor, on its way to the only thread that uses it.
  private final class Computing: @unchecked Sendable {
    let predictor: Predictor
    init(_ predictor: Predictor) { self.predictor = predictor }
  }

  /// The number of pictures without an answer.
  package var pending: Int { state.withLock { $0.pending } }

  /// Adds a job, unless too many pictures wait. A job that is larger than the limit is accepted when none waits.
  /// - Returns: Whether the job was added.
  package func add(_ job: PredictionJob) -> Bool {
    let isAdded = state.withLock { state in
      let count = job.pictures.count
      guard state.pending == 0 || state.pending + count <= limit else { return false }
      state.pending += count
      state.received += (0..<count).map { (job, $0) }
      return true
    }
    if isAdded { state.wakeAll() }
    return isAdded
  }

  /// Drops the pictures of a job whose client has gone, as far as they have not been computed.
  package func cancel(_ job: PredictionJob) {
    state.withLock { state in
      guard !job.isCancelled else { return }
      job.isCancelled = true
      state.pending -= job.remaining
      job.remaining = 0
      job.pictures = []
      state.received.removeAll { $0.job === job }
      state.decoded.removeAll { $0.place.job === job }
      state.finished.removeAll { $0 === job }
    }
    // A worker may have waited for room among the decoded pictures.
    state.wakeAll()
  }

  private func end() {
    state.withLock { $0.isEnded = true }
    state.wakeAll()
  }

  // MARK: Workers

  private func work() {
    while let next = state.wait(until: { takeWork(&$0) }) {
      switch next {
      case .decode(let place, let picture): decode(picture, place)
      case .complete(let job): job.completion(job.result)
      }
    }
  }

  /// The next work; `.some(nil)` at the end, nil as long as there is none.
  private func takeWork(_ state: inout State) -> Work?? {
    guard !state.isEnded else { return .some(nil) }
    if !state.finished.isEmpty { return .complete(state.finished.removeFirst()) }
    guard state.decoded.count < decodedLimit, !state.received.isEmpty else { return nil }
    let place = state.received.removeFirst()
    let picture = place.job.pictures[place.index]
    // The file is not needed after it is decoded.
    place.job.pictures[place.index].bytes = []
    return .decode(place, picture)
  }

  private func decode(_ picture: ReceivedPicture, _ place: Place) {
    let sample = Result { try decoder.decode(picture.bytes, name: picture.name) }
    state.withLock { state in
      guard !place.job.isCancelled else { return }
      switch sample {
      case .success(let pixels): state.decoded.append((place, pixels))
      case .failure(let error as FileError): Self.answer(place, .failure(error), &state)
      case .failure(let error): Self.fail([place], error, &state)
      }
    }
    state.wakeAll()
  }

  // MARK: Computation

  private func compute(_ predictor: Predictor) {
    while let batch = state.wait(until: { Self.takeBatch(&$0) }) { compute(batch, predictor) }
  }

  private func compute(_ batch: [Sample], _ predictor: Predictor) {
    let predictions = Result { try predictor.predictions(forSamples: batch.map(\.pixels)) }
    // One picture must not fail the requests of others.
    if case .failure = predictions, batch.count > 1 {
      for sample in batch { compute([sample], predictor) }
      return
    }
    state.withLock { state in
      switch predictions {
      case .success(let predictions):
        for (sample, prediction) in zip(batch, predictions) {
          Self.answer(sample.place, .success(prediction), &state)
        }
      case .failure(let error): Self.fail(batch.map(\.place), error, &state)
      }
    }
    state.wakeAll()
  }

  private static func takeBatch(_ state: inout State) -> [Sample]?? {
    guard !state.isEnded else { return .some(nil) }
    guard !state.decoded.isEmpty else { return nil }
    let batch = Array(state.decoded.prefix(Predictor.batchSize))
    state.decoded.removeFirst(batch.count)
    return batch
  }

  private static func answer(
    _ place: Place, _ result: Result<Prediction, FileError>, _ state: inout State
  ) {
    let job = place.job
    guard !job.isCancelled, job.failure == nil else { return }
    job.answers[place.index] = Predictor.Answer(path: job.pictures[place.index].name, result: result)
    job.remaining -= 1
    state.pending -= 1
    if job.remaining == 0 { state.finished.append(job) }
  }

  private static func fail(_ places: [Place], _ error: any Error, _ state: inout State) {
    for job in places.map(\.job) where job.failure == nil && !job.isCancelled {
      job.failure = error
      state.pending -= job.remaining
      job.remaining = 0
      state.received.removeAll { $0.job === job }
      state.decoded.removeAll { $0.place.job === job }
      state.finished.append(job)
    }
  }
}
