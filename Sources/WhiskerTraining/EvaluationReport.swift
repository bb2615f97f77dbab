import WhiskerData
import WhiskerTensor

/// The result of measuring a model on a data set.
public struct EvaluationReport {
  /// The model.
  public let model: Model
  /// The path of the data set.
  public let data: String
  /// The part of it that was measured, in words.
  public let part: String
  /// The samples that it was measured on.
  public let dataset: any Dataset
  /// How the classes of both sides go together.
  public let match: ClassMatch
  /// The pictures of classes that the model does not know.
  public let leftOut: Int
  /// What was measured.
  public let measurement: Measurement
  /// How many of the samples the model was trained on; nil where that is not known, or was not asked for.
  public var trainedOn: Int?
  /// The classes of which a notable share of the files could not be read.
  public var skippedClasses: [SkippedClass] = []
  /// How sure the answers are with Monte-Carlo dropout; nil where it was not asked for.
  public var sampled: SampledEvaluation?

  /// The result of measuring `model` on `part` of `data`.
  public init(
    model: Model, data: String, part: String, dataset: any Dataset, match: ClassMatch, leftOut: Int,
    measurement: Measurement
  ) {
    (self.model, self.data, self.part, self.dataset) = (model, data, part, dataset)
    (self.match, self.leftOut, self.measurement) = (match, leftOut, measurement)
  }

  /// The model's classes.
  public var classNames: [String] { model.classNames }
  /// The figures of the whole.
  public var evaluation: Evaluation { measurement.evaluation }
  /// The figures beyond those.
  public var details: EvaluationDetails { measurement.details }
  /// How often each class was taken for each other one.
  public var confusion: ConfusionMatrix { evaluation.confusion }
}
