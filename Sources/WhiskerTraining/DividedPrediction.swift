import WhiskerData
import WhiskerTensor

/// Prediction by several processes: each predicts its part of some pictures, and the first one tells all answers in order.
extension Predictor {
  /// How many pictures a lane decodes at a time.
  private static let stretch = 8

  /// Predicts the pictures that the first process names.
  func predictTogether(_ pictures: PictureStream, _ answer: (Answer) throws -> Void) throws {
    let decoder = decoder
    while true {
      let named = job.isFirst ? try pictures.next(upTo: Self.batchSize * job.size, waits: true) ?? [] : []
      let some = try job.broadcast(named)
      guard !some.isEmpty else { return }
      try predict(job.part(of: some.count), answer) { index in
        (some[index].name, try Self.attempt { try some[index].decode(decoder) })
      }
    }
  }

  /// Predicts samples of a data set that every process has opened.
  func predictTogether(_ samples: SampleSet, _ answer: (Answer) throws -> Void) throws {
    let (dataset, indices, size) = (samples.dataset, samples.indices, Self.batchSize * job.size)
    for start in stride(from: 0, to: samples.count, by: size) {
      try predict(job.part(of: start..<min(start + size, samples.count)), answer) { place in
        let index = Int(indices[place])
        return (dataset.name(at: index), try Self.attempt { try dataset.sample(at: index) })
      }
    }
  }

  /// Predicts this process's part, and hands over everybody's answers.
  private func predict(
    _ part: Range<Int>, _ answer: (Answer) throws -> Void,
    decode: @escaping @Sendable (Int) throws -> Decoded
  ) throws {
    var decoded: [Decoded] = []
    try lanes.inOrder(part.count, stretch: Self.stretch) {
      try decode(part.lowerBound + $0)
    } _: {
      decoded.append($1)
    }
    var messages: [AnswerMessage] = []
    if !decoded.isEmpty { try predict(decoded) { messages.append(AnswerMessage($0)) } }
    let all = try job.gather(messages)
    guard job.isFirst else { return }
    for message in all { try answer(message.answer) }
  }
}

/// An answer on its way between processes.
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
