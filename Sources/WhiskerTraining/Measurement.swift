/// How a network did on a set of samples, with everything that is told of it.
public struct Measurement: Sendable {
  public let evaluation: Evaluation
  public let details: EvaluationDetails

  public init(evaluation: Evaluation, details: EvaluationDetails) {
    (self.evaluation, self.details) = (evaluation, details)
  }
}
