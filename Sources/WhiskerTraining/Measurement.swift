/// How a network did on a set of samples, with everything that is told of it.
public struct Measurement: Sendable {
  /// The figures of the whole.
  public let evaluation: Evaluation
  /// The figures beyond those.
  public let details: EvaluationDetails

  /// Both together.
  public init(evaluation: Evaluation, details: EvaluationDetails) {
    (self.evaluation, self.details) = (evaluation, details)
  }
}
