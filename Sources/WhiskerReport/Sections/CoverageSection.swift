import WhiskerTraining
import WhiskerCore

/// Accuracy against coverage: the accuracy when the least certain pictures are rejected, with and without Monte-Carlo dropout.
struct CoverageSection {
  let evaluation: SampledEvaluation

  var section: ReportSection {
    ReportSection(
      title: "Accuracy when the least certain are rejected", note: note, isHalf: true, body: chart + table)
  }

  private var passes: String { counted(evaluation.sampling.passes, "pass", "passes") }

  private var note: HTML {
    """
    The pictures are ranked by confidence. The chart shows the accuracy of the most confident ones, for a single pass \
    without dropout and for \(passes) with it (Monte-Carlo dropout).
    """
  }

  private var chart: HTML {
    let (plain, sampled) = (evaluation.plain.curve, evaluation.sampled.curve)
    func points(_ curve: RiskCoverage.Curve) -> [(rate: Double, mean: Double, deviation: Double)] {
      SampledEvaluation.coverages.reversed().map { ($0, curve.accuracy(at: $0), 0) }
    }
    return RateChart(
      curves: [
        .init(name: "without dropout", style: "other", points: points(plain)),
        .init(name: passes, style: "main", points: points(sampled)),
      ], axis: "fraction of the pictures kept", best: nil
    ) { percent($0, max(0, $1 - 2)) }.html
  }

  private var table: HTML {
    let (plain, sampled) = (evaluation.plain, evaluation.sampled)
    let rows: [HTML] = [
      row("Accuracy", percent(plain.accuracy, 2), percent(sampled.accuracy, 2)),
      row("Loss", fixed(plain.loss, 4), fixed(sampled.loss, 4)),
      row(
        "Calibration error", percent(plain.calibration.expectedError, 2),
        percent(sampled.calibration.expectedError, 2)),
      row("Area under risk-coverage", fixed(plain.curve.area, 4), fixed(sampled.curve.area, 4)),
    ]
    return """
      <table class="wide"><thead><tr><th></th><th class="n">without dropout</th><th class="n">\(passes)</th></tr></thead>
      <tbody>
      \(rows)</tbody></table>
      """
  }

  private func row(_ name: String, _ plain: String, _ sampled: String) -> HTML {
    "<tr><th scope=\"row\">\(name)</th><td class=\"n\">\(plain)</td><td class=\"n\">\(sampled)</td></tr>\n"
  }
}
