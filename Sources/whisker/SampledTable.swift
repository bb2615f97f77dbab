import WhiskerTensor
import WhiskerTraining

/// How sure the answers are with and without dropout, for people.
struct SampledTable {
  let evaluation: SampledEvaluation

  func lines(columns: Int?) -> [StyledText] {
    var table = Table([.left, .right, .right])
    let passes = counted(evaluation.sampling.passes, "pass", "passes")
    table.add(["Monte-Carlo dropout", "without", passes].map { StyledText($0, .faint) })
    let (plain, sampled) = (evaluation.plain, evaluation.sampled)
    let (plainCurve, sampledCurve) = (plain.curve, sampled.curve)
    let rows = [
      ("loss", plain.loss, sampled.loss), ("accuracy", plain.accuracy, sampled.accuracy),
      ("ECE", plain.calibration.expectedError, sampled.calibration.expectedError),
      ("area under risk-coverage", plainCurve.area, sampledCurve.area),
    ]
    let kept = SampledEvaluation.coverages.dropFirst().map {
      ("accuracy of the surest \(percent($0))", plainCurve.accuracy(at: $0), sampledCurve.accuracy(at: $0))
    }
    for (name, left, right) in rows + kept { table.add([name, fixed(left, 4), fixed(right, 4)]) }
    return table.lines(columns: columns)
  }
}
