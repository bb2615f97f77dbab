import WhiskerCore
import WhiskerTraining

/// The result of an evaluation as JSON.
struct EvaluationDocument: Encodable {
  struct Skipped: Encodable {
    let path: String
    let reason: String
  }

  struct Scores: Encodable {
    var `class`: String?
    let precision: Double
    let recall: Double
    let f1: Double
    let support: Int

    init(_ scores: ClassScores, of name: String? = nil) {
      (`class`, precision, recall, f1) = (name, scores.precision, scores.recall, scores.f1)
      support = scores.support
    }
  }

  struct Mistake: Encodable {
    let path: String
    let `class`: String
    let predicted: String
    let probability: Double
    let loss: Double
  }

  struct Confusion: Encodable {
    let `class`: String
    let predicted: String
    let count: Int
  }

  struct Calibrated: Encodable {
    let temperature: Double
    let loss: Double
    let expected_calibration_error: Double

    init(_ calibrated: CalibratedProbabilities) {
      (temperature, loss) = (calibrated.temperature, calibrated.loss)
      expected_calibration_error = calibrated.calibration.expectedError
    }
  }

  let model: String
  let data: String
  let split: String
  let count: Int
  let loss: Double
  let accuracy: Double
  let top_k: Int
  let top_k_accuracy: Double
  let expected_calibration_error: Double
  /// With the temperature of the model file; nil where it has none.
  let calibrated: Calibrated?
  let classes: [String]
  let per_class: [Scores]
  let macro_average: Scores
  let weighted_average: Scores
  let confusion: [[Int]]?
  let confusions: [Confusion]
  let worst: [Mistake]
  let missing_classes: [String]
  let extra_classes: [String]
  let skipped: [Skipped]
  let trained_on: Int?
  let tta: String?
  let mc_dropout: SampledDocument?

  /// The largest number of classes with a matrix, which would otherwise be megabytes of zeros.
  static let matrixLimit = 1000

  init(_ report: EvaluationReport) {
    let (evaluation, details, names) = (report.evaluation, report.details, report.classNames)
    let matrix = evaluation.confusion
    (model, data, split) = (report.model.path, report.data, report.part)
    (count, loss, accuracy) = (evaluation.count, evaluation.loss, evaluation.accuracy)
    (top_k, top_k_accuracy) = (details.topK, details.topKAccuracy)
    expected_calibration_error = details.calibration.expectedError
    calibrated = details.calibrated.map { Calibrated($0) }
    classes = names
    per_class = names.enumerated().map { Scores(matrix.scores(of: $0), of: $1) }
    macro_average = Scores(matrix.macroAverage)
    weighted_average = Scores(matrix.weightedAverage)
    confusion = names.count <= Self.matrixLimit ? matrix.rows : nil
    confusions = matrix.confusions.map {
      Confusion(class: names[$0.actual], predicted: names[$0.predicted], count: $0.count)
    }
    worst = details.worst.samples.map {
      Mistake(
        path: report.dataset.name(at: $0.index), class: names[$0.label], predicted: names[$0.predicted],
        probability: $0.confidence, loss: $0.loss)
    }
    trained_on = report.trainedOn
    tta = report.model.testTimeAugmentation?.rawValue
    mc_dropout = report.sampled.map { SampledDocument($0) }
    (missing_classes, extra_classes) = (report.match.missing, report.match.extra)
    skipped = evaluation.failures.map { Skipped(path: $0.name, reason: $0.reason.withFlags) }
  }
}

/// Accuracy and calibration with and without Monte-Carlo dropout, as JSON.
struct SampledDocument: Encodable {
  struct Point: Encodable {
    let coverage: Double
    let accuracy: Double
  }

  struct Outcome: Encodable {
    let loss: Double
    let accuracy: Double
    let expected_calibration_error: Double
    let area_under_risk_coverage: Double
    let risk_coverage: [Point]

    init(_ outcome: SampledEvaluation.Outcome) {
      (loss, accuracy) = (outcome.loss, outcome.accuracy)
      expected_calibration_error = outcome.calibration.expectedError
      let curve = outcome.curve
      area_under_risk_coverage = curve.area
      risk_coverage = SampledEvaluation.coverages.map {
        Point(coverage: $0, accuracy: curve.accuracy(at: $0))
      }
    }
  }

  let passes: Int
  let seed: UInt64
  let deterministic: Outcome
  let monte_carlo: Outcome

  init(_ evaluation: SampledEvaluation) {
    (passes, seed) = (evaluation.sampling.passes, evaluation.sampling.seed)
    (deterministic, monte_carlo) = (Outcome(evaluation.plain), Outcome(evaluation.sampled))
  }
}
