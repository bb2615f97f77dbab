import WhiskerCore
import WhiskerTraining

/// The settings of a sweep and their results, one line each.
struct SweepTable {
  private let summary: SweepSummary
  private let seeds: Int

  init(_ summary: SweepSummary, seeds: Int) { (self.summary, self.seeds) = (summary, seeds) }

  func lines(columns: Int?) -> [StyledText] {
    var table = Table([.left, .left, .right, .right, .right, .right, .left])
    let heads = [
      summary.settings[0].setting.dropout.isEmpty ? "" : "dropout", hasRates ? "rate" : "", "val_accuracy",
      "val_loss",
      "accuracy", "gap", "",
    ]
    table.add(heads.map { StyledText($0, .faint) })
    for place in summary.settings.indices { table.add(row(place)) }
    return table.lines(columns: columns)
  }

  private var hasRates: Bool { Set(summary.settings.map(\.setting.learningRate)).count > 1 }

  private func row(_ place: Int) -> [StyledText] {
    let settled = summary.settings[place]
    let style: StyledText.Style? = place == summary.best ? .green : nil
    return [
      StyledText(settled.setting.dropoutText, style),
      StyledText(hasRates ? number(settled.setting.learningRate) : "", style),
      StyledText(text(settled.validationAccuracy), style), StyledText(text(settled.validationLoss)),
      StyledText(text(settled.trainingAccuracy)),
      StyledText(settled.accuracyGap.map { fixed($0.mean, 4) } ?? ""), remark(place),
    ]
  }

  private func text(_ figure: SeedStatistics?) -> String {
    guard let figure else { return "" }
    let deviation = figure.standardDeviation.map { " ±" + fixed($0, 4) } ?? ""
    return fixed(figure.mean, 4) + deviation
  }

  private func remark(_ place: Int) -> StyledText {
    let settled = summary.settings[place]
    if settled.failure != nil { return StyledText("failed", .red) }
    if !settled.isComplete { return StyledText(unfinished(settled), .faint) }
    if place == summary.best { return StyledText("best", .green) }
    return summary.equals.contains(place) ? "as good" : ""
  }

  private func unfinished(_ settled: SettingSummary) -> String {
    settled.trainings.count == seeds
      ? "\(counted(settled.epochs, "epoch"))" : "\(settled.trainings.count) of \(seeds)"
  }
}
