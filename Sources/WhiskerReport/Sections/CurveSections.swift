import WhiskerTraining
import WhiskerCore

/// The curves of loss, accuracy and, where they adapt, dropout rates.
struct CurveSections {
  private let report: RunReport
  /// The steps at which epochs ended.
  private let epochSteps: Set<Int>

  init(report: RunReport) {
    self.report = report
    epochSteps = Set(report.epochs.map(\.step))
  }

  var sections: [ReportSection] {
    guard !report.epochs.isEmpty else {
      return [
        ReportSection(
          title: "Curves", body: "<p class=\"empty\">The curves appear after the first epoch.</p>")
      ]
    }
    return [loss, accuracy] + (dropout.map { [$0] } ?? [])
  }

  private var loss: ReportSection {
    let chart = CurveChart(
      curves: curves(.loss),
      best: report.best.map { (position($0), $0.decisiveLoss) }, mark: mark
    ) { fixed($0, $1) }
    return ReportSection(title: "Loss", note: lossNote, isHalf: true, body: chart.html)
  }

  private var accuracy: ReportSection {
    let chart = CurveChart(
      curves: curves(.accuracy),
      best: report.best.map { (position($0), $0.validationAccuracy ?? $0.accuracy) }, mark: mark, limit: 1
    ) { percent($0, max(0, $1 - 2)) }
    return ReportSection(
      title: "Accuracy", note: "The fraction of pictures classified correctly, by epoch.", isHalf: true,
      body: chart.html)
  }

  /// The dropout rates, where they adapt during training.
  private var dropout: ReportSection? {
    let rates = measured.compactMap { entry in entry.dropout.map { (position(entry), $0.rates) } }
    guard let count = rates.map(\.1.count).max() else { return nil }
    let styles = ["main", "other", "extra"]
    let chart = CurveChart(
      curves: (0..<count).map { layer in
        .init(
          name: count > 1 ? "dropout layer \(layer + 1)" : "dropout", style: styles[layer % styles.count],
          points: rates.filter { layer < $0.1.count }.map { ($0.0, $0.1[layer]) })
      }, best: nil, mark: "", range: 0...0
    ) { percent($0, max(0, $1 - 2)) }
    return ReportSection(
      title: "Dropout", note: "The rates, adapted to the gap between training and validation loss.",
      isHalf: true, body: chart.html)
  }

  /// All reports, in order.
  private var measured: [EpochReport] {
    (report.epochs + report.validations).sorted { $0.step < $1.step }
  }

  private var lossNote: HTML { "Cross-entropy by epoch. The training loss is measured with dropout on." }

  private var mark: String {
    guard let best = report.best else { return "" }
    return epochSteps.contains(best.step) ? "best: epoch \(best.epoch)" : "best: step \(grouped(best.step))"
  }

  /// A curve for each metric of a chart, in the order in which they are drawn.
  private func curves(_ chart: MetricChart) -> [CurveChart.Curve] {
    let metrics = Metrics.all.filter { $0.chart == chart }
    let order: [MetricKind] = [.training, .averaged, .validation, .optimizer, .time, .dropout]
    return order.flatMap { kind in
      metrics.filter { $0.kind == kind }.map { metric in
        .init(
          name: metric.curveName, style: style(kind),
          points: (kind == .training ? report.epochs : measured).compactMap { entry in
            entry[metric].map { (position(entry), $0) }
          })
      }
    }
  }

  private func style(_ kind: MetricKind) -> String {
    switch kind {
    case .training: report.hasValidation ? "other" : "main"
    case .validation: "main"
    case .averaged, .optimizer, .time, .dropout: "extra"
    }
  }

  /// A report's position on the epoch axis; a validation within an epoch lies between two epochs.
  private func position(_ entry: EpochReport) -> Double {
    guard let first = report.epochs.first, !epochSteps.contains(entry.step) else {
      return Double(entry.epoch)
    }
    return Double(entry.step) / (Double(first.step) / Double(first.epoch))
  }
}
