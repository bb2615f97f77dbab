import WhiskerTraining

/// The options of a request in the query of its target: `?top_k=3&threshold=0.8`, or `threshold=auto`.
struct PredictionQuery {
  /// The members of the answer.
  private(set) var options: AnswerRecord.Options

  /// - Parameter query: The text after "?"; nil for none.
  /// - Parameter options: The server's own, for what the query omits.
  /// - Parameter automatic: The threshold of the model's own probabilities; nil where there is none.
  /// - Throws: The reply to a malformed query.
  init(_ query: Substring?, _ options: AnswerRecord.Options, automatic: Double?) throws(Reply) {
    self.options = options
    for pair in (query ?? "").split(separator: "&") {
      let words = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      switch words[0] {
      case "top_k":
        guard words.count == 2, let count = Int(words[1]), count >= 1 else {
          throw .error(.badRequest, "top_k must be at least 1.")
        }
        self.options.topK = min(count, options.classNames.count)
      case "threshold":
        guard words.count < 2 || words[1] != "auto" || automatic != nil else {
          throw .error(
            .badRequest, "The model has no threshold for these probabilities: name one, from 0 to 1.")
        }
        guard words.count == 2, let threshold = words[1] == "auto" ? automatic : Double(words[1]),
          (0...1).contains(threshold)
        else { throw .error(.badRequest, "threshold must be from 0 to 1, or auto.") }
        self.options.threshold = threshold
      default:
        throw .error(.badRequest, "The query may have top_k and threshold.")
      }
    }
  }
}
