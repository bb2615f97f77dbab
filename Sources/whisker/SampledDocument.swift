import WhiskerTraining

/// How sure the answers are with and without dropout, for programs.
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
