import WhiskerTraining
import WhiskerCore

/// Accuracy and gap against what a sweep varies: curves for one rate, heat maps for two.
struct RateSections {
  let configuration: SweepConfiguration
  let summary: SweepSummary

  private struct Axis {
    let name: String
    let rates: [Double]
    let rate: @Sendable (SweepSetting) -> Double
  }

  private var axes: [Axis] {
    let layers = configuration.dropout.enumerated().map { place, rates in
      Axis(
        name: configuration.dropout.count > 1 ? "dropout of layer \(place + 1)" : "dropout rate",
        rates: rates,
        rate: { $0.dropout[place] })
    }
    let steps = Axis(name: "learning rate", rates: configuration.learningRates, rate: \.learningRate)
    return (layers + [steps]).filter { $0.rates.count > 1 }
  }

  var sections: [ReportSection] {
    let axes = axes
    guard let first = axes.first, let best = summary.best else { return [] }
    guard axes.count > 1 else { return curves(first, summary.settings, best) }
    return maps(axes[0], axes[1], among: othersFixed(axes.dropFirst(2), at: best))
  }

  /// The settings that equal the best one in the rates that are not shown.
  private func othersFixed(_ axes: ArraySlice<Axis>, at best: Int) -> [SettingSummary] {
    let setting = summary.settings[best].setting
    return summary.settings.filter { other in
      axes.allSatisfy { $0.rate(other.setting) == $0.rate(setting) }
    }
  }

  private func curves(_ axis: Axis, _ settings: [SettingSummary], _ best: Int) -> [ReportSection] {
    func points(_ figure: KeyPath<SettingSummary, SeedStatistics?>) -> [(
      rate: Double, mean: Double, deviation: Double
    )] {
      settings.compactMap { settled in
        settled[keyPath: figure].map {
          (axis.rate(settled.setting), $0.mean, $0.standardDeviation ?? 0)
        }
      }.sorted { $0.rate < $1.rate }
    }
    let marked = axis.rate(summary.settings[best].setting)
    let note: HTML =
      "Means over the \(configuration.repetition)s ± one standard deviation, measured with dropout off."
    let accuracy = RateChart(
      curves: [
        .init(name: "training", style: "other", points: points(\.trainingAccuracy)),
        .init(name: "validation", style: "main", points: points(\.validationAccuracy)),
      ], axis: axis.name, best: marked
    ) { percent($0, max(0, $1 - 2)) }
    let gap = RateChart(
      curves: [.init(name: "training minus validation", style: "main", points: points(\.accuracyGap))],
      axis: axis.name, best: marked
    ) { percent($0, max(0, $1 - 2)) }
    let loss = RateChart(
      curves: [
        .init(name: "training", style: "other", points: points(\.trainingLoss)),
        .init(name: "validation", style: "main", points: points(\.validationLoss)),
      ], axis: axis.name, best: marked
    ) { fixed($0, $1) }
    return [
      ReportSection(title: "Accuracy", note: note, isHalf: true, body: accuracy.html),
      ReportSection(
        title: "Gap", note: "Training accuracy minus validation accuracy, a measure of overfitting.",
        isHalf: true,
        body: gap.html),
      ReportSection(
        title: "Loss",
        note: "Cross-entropy: means over the \(configuration.repetition)s ± one standard deviation.",
        isHalf: true, body: loss.html),
    ]
  }

  private func maps(_ down: Axis, _ across: Axis, among settings: [SettingSummary]) -> [ReportSection] {
    let marked = summary.best.map { summary.settings[$0].setting }
    func map(_ figure: KeyPath<SettingSummary, SeedStatistics?>, _ words: @escaping (Double) -> String)
      -> HTML
    {
      HeatMap(
        rows: (down.name, down.rates), columns: (across.name, across.rates),
        value: { row, column in
          settings.first {
            down.rate($0.setting) == down.rates[row] && across.rate($0.setting) == across.rates[column]
          }?[keyPath: figure]?.mean
        }, words: words,
        best: marked.flatMap { best in
          down.rates.firstIndex(of: down.rate(best)).flatMap { row in
            across.rates.firstIndex(of: across.rate(best)).map { (row, $0) }
          }
        }
      ).html
    }
    return [
      ReportSection(
        title: "Validation accuracy",
        note: "Means over the \(configuration.repetition)s. The best setting is framed.",
        isHalf: true, body: map(\.validationAccuracy) { percent($0, 1) }),
      ReportSection(
        title: "Gap", note: "Training accuracy minus validation accuracy.", isHalf: true,
        body: map(\.accuracyGap) { percent($0, 1) }),
    ]
  }
}
