import WhiskerTraining
import WhiskerNN
import WhiskerCore

/// The report of a sweep.
struct SweepReport {
  let context: SweepContext

  private var record: SweepRecord { context.record }
  private var path: String { context.folder.path }
  /// The ensemble of all seeds, once it has been measured.
  private var ensemble: EnsembleSections? {
    context.ensemble.map { EnsembleSections(record: record, classNames: context.classNames, ensemble: $0) }
  }

  private var configuration: SweepConfiguration { record.configuration }

  var page: ReportPage {
    let summary = record.summary
    let base = configuration.base
    let verdict = SweepVerdict(configuration: configuration, summary: summary)
    return ReportPage(
      title: "\(title(summary)) · \(path)",
      subject: "<b>\(path)</b> on <b>\(base.data.path)</b>, \(counted(record.trainings.count, "training"))",
      verdict: ensemble?.sentence ?? verdict.sentence,
      remarks: (ensemble.map { [$0.remark, "<b>Members:</b> " + verdict.sentence] } ?? []) + verdict.remarks
        + warnings,
      progress: context.isDone ? nil : context.progress.share,
      figures: figures(summary),
      sections: RateSections(configuration: configuration, summary: summary).sections
        + (ensemble?.sections ?? []) + [table(summary), recipe])
  }

  private func title(_ summary: SweepSummary) -> String {
    if let ensemble = record.ensemble { return percent(ensemble.accuracy, 1) }
    return summary.best.map { summary.settings[$0].name(configuration) } ?? "Sweep"
  }

  private var warnings: [HTML] {
    context.skippedClasses.prefix(10).map {
      "<b>Note:</b> \($0.description): the accuracies do not cover them."
    }
  }

  private func figures(_ summary: SweepSummary) -> [ReportPage.Figure] {
    guard let best = summary.best.map({ summary.settings[$0] }) else { return [] }
    func formatted(_ statistics: SeedStatistics?, _ words: (Double) -> String) -> (String, String) {
      (
        statistics.map { words($0.mean) } ?? "",
        statistics?.standardDeviation.map { "± \(words($0)) over the seeds" } ?? "one seed"
      )
    }
    func figure(
      _ name: String, _ statistics: SeedStatistics?, _ words: (Double) -> String
    ) -> ReportPage.Figure {
      let (value, note) = formatted(statistics, words)
      return .init(name: name, value: value, note: note)
    }
    let measured = record.ensemble.map {
      [
        ReportPage.Figure(
          name: "Ensemble", value: percent($0.accuracy, 2),
          note: "validation accuracy; loss \(fixed($0.loss, 4))")
      ]
    }
    return (measured ?? []) + (ensemble?.figures ?? []) + [
      figure("Validation accuracy", best.validationAccuracy) { percent($0, 2) },
      figure("Validation loss", best.validationLoss) { fixed($0, 4) },
      figure("Training accuracy", best.trainingAccuracy) { percent($0, 2) },
      figure("Gap", best.accuracyGap) { percent($0, 2) },
    ]
  }

  private func table(_ summary: SweepSummary) -> ReportSection {
    let rows = summary.settings.indices.map { row($0, summary) }
    return ReportSection(
      title: "Settings",
      note:
        "Means ± standard deviations over the seeds, measured with the weights of the best epoch and dropout off. The gap is training minus validation accuracy. The last column is the difference to the best \(configuration.monitor.words), with its confidence interval.",
      body: """
        <div class="scroll" tabindex="0" role="group" aria-label="Settings"><table class="wide settings"><thead><tr><th>setting</th>\
        <th class="n">validation</th><th class="n">training</th><th class="n">gap</th><th class="n">validation loss</th>\
        <th class="n">training loss</th><th class="n">difference to best</th></tr></thead>
        <tbody>
        \(rows)</tbody></table></div>
        """)
  }

  private func row(_ place: Int, _ summary: SweepSummary) -> HTML {
    let settled = summary.settings[place]
    let cells = [
      text(settled.validationAccuracy) { percent($0, 2) }, text(settled.trainingAccuracy) { percent($0, 2) },
      text(settled.accuracyGap) { percent($0, 2) }, text(settled.validationLoss) { fixed($0, 4) },
      text(settled.trainingLoss) { fixed($0, 4) }, difference(place, summary),
    ].map { "<td class=\"n\">\($0)</td>" as HTML }
    return """
      <tr\(when(place == summary.best, " class=\"best\""))><th scope="row">\(settled.name(configuration))</th>\(cells)</tr>

      """
  }

  private func text(_ statistics: SeedStatistics?, _ words: (Double) -> String) -> HTML {
    guard let statistics else { return "" }
    let deviation = statistics.standardDeviation.map { plusMinus(words($0)) } ?? ""
    return "<span>\(words(statistics.mean))</span> \(deviation)"
  }

  private func difference(_ place: Int, _ summary: SweepSummary) -> HTML {
    let settled = summary.settings[place]
    if settled.failure != nil { return "failed" }
    if place == summary.best { return "best" }
    guard settled.isComplete else { return "\(counted(settled.epochs, "epoch")) only" }
    guard let comparison = summary.comparisons[place] else { return "" }
    let noise = comparison.isWithinNoise ? ", not significant" : ""
    let isLoss = configuration.monitor == .validationLoss
    func words(_ figure: Double) -> String { isLoss ? fixed(figure, 4) : percent(figure, 2) }
    let value = isLoss ? -comparison.difference : comparison.difference
    return "<span>\(words(value))</span> \(plusMinus(words(comparison.halfWidth) + noise))"
  }

  /// The uncertainty of a figure, which wraps to its own line in a narrow column.
  private func plusMinus(_ words: String) -> HTML { "<span>± \(words)</span>" }

  private var recipe: ReportSection {
    let base = configuration.base
    let facts = FactList(facts: [
      ("Data", base.data.path), ("Seeds", configuration.seeds.map(String.init).joined(separator: ", ")),
      ("Epochs", "\(base.optimization.epochs)\(configuration.halves ? ", halving" : "")"),
      ("Batch", "\(base.optimization.batchSize)"), ("Optimizer", base.optimization.optimizer.rawValue),
      ("Input", base.data.preprocessing.description), ("Backbone", base.model.backbone),
      (base.model.backbone == nil ? "Network" : "Head", base.model.network.json),
      ("Whisker", "\(record.whisker), \(record.kernels) kernels"),
    ])
    let commands = record.commands.map { "<pre><code>\(ShellWords($0).text)</code></pre>\n" as HTML }
    return ReportSection(title: "Reproduce", body: HTML(commands) + facts.html)
  }
}
