import WhiskerNN
import WhiskerTensor

/// What a sweep came to, as a page to look at.
struct SweepReport {
  let record: SweepRecord
  let path: String
  let skipped: [SkippedClass]
  let progress: Double?

  private var configuration: SweepConfiguration { record.configuration }

  var page: ReportPage {
    let summary = record.summary
    let base = configuration.base
    return ReportPage(
      title: "\(summary.best.map { summary.settings[$0].name(configuration) } ?? "Sweep") · \(path)",
      subject: "<b>\(path)</b> on <b>\(base.data)</b>, \(counted(record.trainings.count, "training"))",
      verdict: SweepVerdict(configuration: configuration, summary: summary).sentence,
      remarks: SweepVerdict(configuration: configuration, summary: summary).remarks + warnings,
      progress: progress,
      figures: figures(summary),
      sections: RateSections(configuration: configuration, summary: summary).sections
        + [table(summary), recipe])
  }

  private var warnings: [HTML] {
    skipped.prefix(10).map { "<b>Note:</b> \($0.description): the accuracies say nothing about them." }
  }

  private func figures(_ summary: SweepSummary) -> [ReportPage.Figure] {
    guard let best = summary.best.map({ summary.settings[$0] }) else { return [] }
    func told(_ statistics: SeedStatistics?, _ words: (Double) -> String) -> (String, String) {
      (
        statistics.map { words($0.mean) } ?? "",
        statistics?.standardDeviation.map { "± \(words($0)) over the seeds" } ?? "one seed"
      )
    }
    func figure(
      _ name: String, _ statistics: SeedStatistics?, _ words: (Double) -> String
    ) -> ReportPage.Figure {
      let (value, note) = told(statistics, words)
      return .init(name: name, value: value, note: note)
    }
    let ensemble = record.ensemble.map {
      [
        ReportPage.Figure(
          name: "Ensemble", value: percent($0.accuracy, 2),
          note: "validation accuracy; loss \(fixed($0.loss, 4))")
      ]
    }
    return (ensemble ?? []) + [
      figure("Validation accuracy", best.validationAccuracy) { percent($0, 2) },
      figure("Validation loss", best.validationLoss) { fixed($0, 4) },
      figure("Training accuracy", best.trainingAccuracy) { percent($0, 2) },
      figure("Gap", best.accuracyGap) { percent($0, 2) },
    ]
  }

  private func table(_ summary: SweepSummary) -> ReportSection {
    let rows = summary.settings.indices.map { row($0, summary) }
    return ReportSection(
      title: "Every setting",
      note:
        "Means over the seeds, and standard deviations, of the best epoch's weights with dropout off. The gap is training less validation accuracy; the last column is how far the \(configuration.monitor.words) is behind the best, with its interval.",
      body: """
        <div class="scroll" tabindex="0" role="group" aria-label="Settings"><table class="wide settings"><thead><tr><th>setting</th>\
        <th class="n">validation</th><th class="n">training</th><th class="n">gap</th><th class="n">validation loss</th>\
        <th class="n">training loss</th><th class="n">behind the best</th></tr></thead>
        <tbody>
        \(rows)</tbody></table></div>
        """)
  }

  private func row(_ place: Int, _ summary: SweepSummary) -> HTML {
    let settled = summary.settings[place]
    let cells = [
      told(settled.validationAccuracy) { percent($0, 2) }, told(settled.trainingAccuracy) { percent($0, 2) },
      told(settled.accuracyGap) { percent($0, 2) }, told(settled.validationLoss) { fixed($0, 4) },
      told(settled.trainingLoss) { fixed($0, 4) }, behind(place, summary),
    ].map { "<td class=\"n\">\($0)</td>" as HTML }
    return """
      <tr\(when(place == summary.best, " class=\"best\""))><th scope="row">\(settled.name(configuration))</th>\(cells)</tr>

      """
  }

  private func told(_ statistics: SeedStatistics?, _ words: (Double) -> String) -> HTML {
    guard let statistics else { return "" }
    let deviation = statistics.standardDeviation.map { give(words($0)) } ?? ""
    return "<span>\(words(statistics.mean))</span> \(deviation)"
  }

  private func behind(_ place: Int, _ summary: SweepSummary) -> HTML {
    let settled = summary.settings[place]
    if settled.failure != nil { return "failed" }
    if place == summary.best { return "best" }
    guard settled.isComplete else { return "\(counted(settled.epochs, "epoch")) only" }
    guard let comparison = summary.comparisons[place] else { return "" }
    let noise = comparison.isWithinNoise ? ", noise" : ""
    let isLoss = configuration.monitor == .validationLoss
    func words(_ figure: Double) -> String { isLoss ? fixed(figure, 4) : percent(figure, 2) }
    let difference = isLoss ? -comparison.difference : comparison.difference
    return "<span>\(words(difference))</span> \(give(words(comparison.halfWidth) + noise))"
  }

  /// What a figure may be off by, which goes to a line of its own where there is no room.
  private func give(_ words: String) -> HTML { "<span>± \(words)</span>" }

  private var recipe: ReportSection {
    let base = configuration.base
    let facts = FactList(facts: [
      ("Data", base.data), ("Seeds", configuration.seeds.map(String.init).joined(separator: ", ")),
      ("Epochs", "\(base.epochs)\(configuration.halves ? ", halving" : "")"),
      ("Batch", "\(base.batchSize)"), ("Optimizer", base.optimizer.rawValue),
      ("Input", base.preprocessing.description), ("Network", base.network.json),
      ("Whisker", "\(record.whisker), \(record.kernels) kernels"),
    ])
    let typed = record.commands.map { "<pre><code>\(ShellWords($0).text)</code></pre>\n" as HTML }
    return ReportSection(title: "To do it again", body: HTML(typed) + facts.html)
  }
}
