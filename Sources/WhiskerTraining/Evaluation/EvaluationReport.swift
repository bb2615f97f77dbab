import WhiskerData
import WhiskerCore

/// The evaluation of a model on a dataset.
public struct EvaluationReport {
  /// The model.
  public let model: Model
  /// The path of the dataset.
  public let data: String
  /// The split that was evaluated, in words.
  public let part: String
  /// The samples.
  public let dataset: any Dataset
  /// The match of the dataset's classes and the model's.
  public let match: ClassMatch
  /// The number of pictures of classes that the model lacks.
  public let leftOut: Int
  /// The result.
  public let measurement: EvaluationResult
  /// The number of samples that the model was trained on; nil if unknown or not asked for.
  public var trainedOn: Int?
  /// The classes with a notable fraction of unreadable files.
  public var skippedClasses: [SkippedClass] = []
  /// The evaluation with Monte-Carlo dropout; nil if not asked for.
  public var sampled: SampledEvaluation?

  /// The evaluation of `model` on `part` of `data`.
  public init(
    model: Model, data: String, part: String, dataset: any Dataset, match: ClassMatch, leftOut: Int,
    measurement: EvaluationResult
  ) {
    (self.model, self.data, self.part, self.dataset) = (model, data, part, dataset)
    (self.match, self.leftOut, self.measurement) = (match, leftOut, measurement)
  }

  /// The model's classes.
  public var classNames: [String] { model.classNames }
  /// The evaluation.
  public var evaluation: Evaluation { measurement.evaluation }
  /// Its details.
  public var details: EvaluationDetails { measurement.details }
  /// The confusion matrix.
  public var confusion: ConfusionMatrix { evaluation.confusion }
}
