import WhiskerTensor

/// How loss and accuracy changed in the course of a training.
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
        ReportSection(title: "Curves", body: "<p class=\"empty\">They begin when the first epoch ends.</p>")
      ]
    }
    return [loss, accuracy] + (dropout.map { [$0] } ?? [])
  }

  private var loss: ReportSection {
    let chart = CurveChart(
      curves: curves(\.loss, \.validationLoss, \.averaged?.loss) + [undroppedLoss],
      best: report.best.map { (place($0), $0.decisiveLoss) }, mark: mark, range: 0...0
    ) { fixed($0, $1) }
    return ReportSection(title: "Loss", note: lossNote, isHalf: true, body: chart.html)
  }

  private var accuracy: ReportSection {
    let chart = CurveChart(
      curves: curves(\.accuracy, \.validationAccuracy, \.averaged?.accuracy),
      best: report.best.map { (place($0), $0.validationAccuracy ?? $0.accuracy) }, mark: mark, range: 1...1
    ) { percent($0, max(0, $1 - 2)) }
    return ReportSection(
      title: "Accuracy", note: "The share of pictures told right, by epoch.", isHalf: true, body: chart.html)
  }

  /// The rates, where they follow the training.
  private var dropout: ReportSection? {
    let told = measured.compactMap { entry in entry.dropout.map { (place(entry), $0.rates) } }
    guard let count = told.map(\.1.count).max() else { return nil }
    let styles = ["main", "other", "extra"]
    let chart = CurveChart(
      curves: (0..<count).map { layer in
        .init(
          name: count > 1 ? "dropout layer \(layer + 1)" : "dropout", style: styles[layer % styles.count],
          points: told.filter { layer < $0.1.count }.map { ($0.0, $0.1[layer]) })
      }, best: nil, mark: "", range: 0...0
    ) { percent($0, max(0, $1 - 2)) }
    return ReportSection(
      title: "Dropout", note: "The rates, which follow the gap between training and validation loss.",
      isHalf: true, body: chart.html)
  }

  /// Everything that was measured, in order.
  private var measured: [EpochReport] {
    (report.epochs + report.validations).sorted { $0.step < $1.step }
  }

  private var lossNote: HTML { "Cross-entropy by epoch; that of the training with dropout on." }

  /// What dropout follows beside the validation loss, where it does.
  private var undroppedLoss: CurveChart.Curve {
    .init(
      name: "training without dropout", style: "extra",
      points: measured.compactMap { entry in entry.dropout.map { (place(entry), $0.trainingLoss) } })
  }

  private var mark: String {
    guard let best = report.best else { return "" }
    return epochSteps.contains(best.step) ? "best: epoch \(best.epoch)" : "best: step \(grouped(best.step))"
  }

  private func curves(
    _ training: KeyPath<EpochReport, Double>, _ validation: KeyPath<EpochReport, Double?>,
    _ averaged: KeyPath<EpochReport, Double?>
  ) -> [CurveChart.Curve] {
    func points(_ path: KeyPath<EpochReport, Double?>) -> [(x: Double, y: Double)] {
      measured.compactMap { entry in entry[keyPath: path].map { (place(entry), $0) } }
    }
    return [
      .init(
        name: "training", style: report.hasValidation ? "other" : "main",
        points: report.epochs.map { (place($0), $0[keyPath: training]) }),
      .init(name: "averaged weights", style: "extra", points: points(averaged)),
      .init(name: "validation", style: "main", points: points(validation)),
    ]
  }

  /// A report's place along the epochs; what was measured in the midst of one lies between two.
  private func place(_ entry: EpochReport) -> Double {
    guard let first = report.epochs.first, !epochSteps.contains(entry.step) else {
      return Double(entry.epoch)
    }
    return Double(entry.step) / (Double(first.step) / Double(first.epoch))
  }
}
