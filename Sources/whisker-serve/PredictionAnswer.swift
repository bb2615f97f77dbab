import NIOHTTP1
import WhiskerCore
import WhiskerServing
import WhiskerTraining

/// The answer to a request with pictures.
struct PredictionAnswer: Sendable {
  let reply: Reply
  private(set) var (predicted, unreadable) = (0, 0)

  /// - Parameter result: The predictions, or an error that is no picture's fault.
  /// - Parameter options: The members of each record.
  /// - Parameter isList: Whether the records form a list; otherwise there is one.
  init(_ result: Result<[Predictor.Answer], any Error>, _ options: AnswerRecord.Options, isList: Bool) {
    do {
      var lines: [String] = []
      for answer in try result.get() {
        switch answer.result {
        case .success(let prediction):
          predicted += 1
          lines.append(try AnswerRecord(answer.path, prediction, options).line)
        case .failure(let error):
          unreadable += 1
          lines.append(try AnswerRecord(answer.path, error: error.problem.text { $0.flag }).line)
        }
      }
      reply =
        isList
        ? .answer("[\n" + lines.joined(separator: ",\n") + "\n]")
        : .answer(lines[0], status: unreadable == 0 ? .ok : .unsupportedMediaType)
    } catch {
      reply = .error(.internalServerError, "\(error)")
    }
  }
}

extension Setting {
  /// The option of `whisker serve`.
  fileprivate var flag: String {
    switch self {
    case .maximumPixels: "--max-pixels"
    case .allowsTruncated: "--allow-truncated"
    default: ErrorText.name(self)
    }
  }
}
