import WhiskerData
import WhiskerTensor
import WhiskerTraining

/// The result of an evaluation.
struct EvaluationReport {
  let model: Model
  let data: String
  let part: String
  let dataset: any Dataset
  let match: ClassMatch
  /// The pictures of classes that the model does not know.
  let leftOut: Int
  let evaluation: Evaluation
  let details: EvaluationDetails

  var classNames: [String] { model.classNames }
  var confusion: ConfusionMatrix { evaluation.confusion }
}
