import WhiskerCore
import WhiskerTraining

/// A picture as a client sent it.
package struct ReceivedPicture: Sendable {
  /// The name of the file, safe to print.
  package let name: String
  /// The contents of the file.
  package var bytes: [UInt8]

  package init(name: String, bytes: [UInt8]) { (self.name, self.bytes) = (name, bytes) }
}

/// The pictures of one request on their way through a `PredictionQueue`, whose lock protects them.
package final class PredictionJob: @unchecked Sendable {
  package typealias Completion = @Sendable (Result<[Predictor.Answer], any Error>) -> Void

  var pictures: [ReceivedPicture]
  var answers: [Predictor.Answer?]
  /// The number of pictures without an answer.
  var remaining: Int
  /// An error that is no picture's fault, and ends the job.
  var failure: (any Error)?
  var isCancelled = false
  let completion: Completion

  /// - Parameter completion: Called once on a thread of the queue, unless the job is cancelled.
  package init(_ pictures: [ReceivedPicture], completion: @escaping Completion) {
    precondition(!pictures.isEmpty, "a job has pictures")
    (self.pictures, self.completion) = (pictures, completion)
    (answers, remaining) = ([Predictor.Answer?](repeating: nil, count: pictures.count), pictures.count)
  }

  /// What the completion gets.
  var result: Result<[Predictor.Answer], any Error> {
    failure.map { .failure($0) } ?? .success(answers.compactMap(\.self))
  }
}
