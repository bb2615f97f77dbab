import WhiskerData
import WhiskerTensor

/// The result of measuring a model on a data set.
public struct EvaluationReport {
  public let model: Model
  /// The path of the data set.
  public let data: String
  /// The part of it that was measured, in words.
  public let part: String
  public let dataset: any Dataset
  public let match: ClassMatch
  /// The pictures of classes that the model does not know.
  public let leftOut: Int
  public let measurement: Measurement
  /// How sure the answers are with Monte-Carlo dropout; nil where it was not asked for.
  public var sampled: SampledEvaluation?

  public init(
    model: Model, data: String, part: String, dataset: any Dataset, match: ClassMatch, leftOut: Int,
    measurement: Measurement
  ) {
    (self.model, self.data, self.part, self.dataset) = (model, data, part, dataset)
    (self.match, self.leftOut, self.measurement) = (match, leftOut, measurement)
  }

  public var classNames: [String] { model.classNames }
  public var evaluation: Evaluation { measurement.evaluation }
  public var details: EvaluationDetails { measurement.details }
  public var confusion: ConfusionMatrix { evaluation.confusion }
}
