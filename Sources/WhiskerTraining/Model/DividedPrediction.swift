import WhiskerData
import WhiskerCore

/// Prediction by several processes: each predicts a part of the pictures, and the first one gets all answers in order.
extension Predictor {
  /// The number of pictures that a worker decodes at a time.
  private static let chunk = 8

  /// Predicts the pictures that the first process names.
  func predictTogether(_ pictures: PictureStream, _ answer: (Answer) throws -> Void) throws {
    let decoder = decoder
    while true {
      let named =
        communicator.isFirst
        ? try pictures.next(upTo: Self.batchSize * communicator.size, waits: true) ?? [] : []
      let some = try communicator.broadcast(named)
      guard !some.isEmpty else { return }
      try predict(communicator.part(of: some.count), answer) { index in
        (some[index].name, try Self.attempt { try some[index].decode(decoder) })
      }
    }
  }

  /// Predicts samples of a dataset that every process has opened.
  func predictTogether(_ samples: SampleSet, _ answer: (Answer) throws -> Void) throws {
    let (dataset, indices, size) = (samples.dataset, samples.indices, Self.batchSize * communicator.size)
    for start in stride(from: 0, to: samples.count, by: size) {
      try predict(communicator.part(of: start..<min(start + size, samples.count)), answer) { place in
        let index = Int(indices[place])
        return (dataset.name(at: index), try Self.attempt { try dataset.sample(at: index) })
      }
    }
  }

  /// Predicts this process's part, and passes the answers of all processes to `answer`.
  private func predict(
    _ part: Range<Int>, _ answer: (Answer) throws -> Void,
    decode: @escaping @Sendable (Int) throws -> Decoded
  ) throws {
    var decoded: [Decoded] = []
    try readAhead.inOrder(part.count, chunk: Self.chunk) {
      try decode(part.lowerBound + $0)
    } _: {
      decoded.append($1)
    }
    var messages: [AnswerMessage] = []
    if !decoded.isEmpty { try predict(decoded) { messages.append(AnswerMessage($0)) } }
    let all = try communicator.gather(messages)
    guard communicator.isFirst else { return }
    for message in all { try answer(message.answer) }
  }
}

/// An answer as a message between processes.
private struct AnswerMessage: Codable {
  private let path: String
  private let prediction: Prediction?
  private let error: FileError?

  init(_ answer: Predictor.Answer) {
    path = answer.path
    switch answer.result {
    case .success(let prediction): (self.prediction, error) = (prediction, nil)
    case .failure(let error): (prediction, self.error) = (nil, error)
    }
  }

  var answer: Predictor.Answer {
    let result = prediction.map { Result<Prediction, FileError>.success($0) }
    return Predictor.Answer(
      path: path, result: result ?? .failure(error ?? FileError(path, "was not predicted")))
  }
}
