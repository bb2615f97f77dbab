import WhiskerCore
import WhiskerTraining

/// The metrics of an epoch, in a line: `Epoch 3/10 loss 0.1234 accuracy 0.9612 val_loss 0.0987 val_accuracy 0.9700 ...`, and
/// within an epoch `Step 500 loss ...`.
struct EpochLine {
  private let report: EpochReport
  private let start: StyledText

  init(_ report: EpochReport, epochs: Int) {
    self.report = report
    let width = String(epochs).count - String(report.epoch).count
    start = StyledText("Epoch \(String(repeating: " ", count: width))\(report.epoch)/\(epochs)", .bold)
  }

  /// The line of a validation within an epoch.
  init(midway report: EpochReport) {
    self.report = report
    start = StyledText(report.step == 0 ? "Start" : "Step \(report.step)", .bold)
  }

  /// The line, or its most important metrics that fit into a terminal of `columns` columns.
  func text(columns: Int?) -> StyledText {
    guard let columns else { return fitted([start] + figures[0] + rest, columns: .max) }
    let fitting = figures.first { joined([start] + $0).width < columns } ?? figures[figures.count - 1]
    let whole = fitting.count == figures[0].count
    return fitted([joined([start] + fitting)] + (whole ? rest : []), columns: columns)
  }

  /// The metrics, then shorter and shorter selections of them.
  private var figures: [[StyledText]] {
    let measured = metrics([.training, .validation])
    let validated = measured.filter { $0.kind == .validation }
    let last = Array(measured.filter { $0.chart == .accuracy }.suffix(1))
    guard !validated.isEmpty else { return [measured, last].map { $0.map(figure) } }
    let choices = [
      measured, measured.filter { $0.chart != .accuracy || $0.kind == .validation }, validated, last,
    ]
    return choices.map { $0.map(figure) }
  }

  private var rest: [StyledText] {
    func texts(_ metrics: [any Metric], _ style: StyledText.Style?) -> [StyledText] {
      metrics.compactMap { $0.terminalText(report.values(of: $0)) }.map { StyledText($0, style) }
    }
    return texts(metrics([.averaged, .dropout]), nil) + texts(metrics([.time]), .faint)
  }

  /// The metrics of some kinds that have a value.
  private func metrics(_ kinds: [MetricKind]) -> [any Metric] {
    Metrics.all.filter { kinds.contains($0.kind) && !report.values(of: $0).isEmpty }
  }

  private func figure(_ metric: any Metric) -> StyledText {
    let text = report[metric].map(metric.text) ?? ""
    return StyledText(metric.key + " ")
      + StyledText(text, metric.key == ValidationAccuracy().key ? .green : nil)
  }

  private func joined(_ parts: [StyledText]) -> StyledText { fitted(parts, columns: .max) }
}
