import WhiskerTraining
import WhiskerNN
import WhiskerCore

/// The report of a sweep.
struct SweepReport {
  let context: SweepContext

  private var record: SweepRecord { context.record }
  private var path: String { context.folder.path }
  /// All trainings together, once they have been measured.
  private var joint: JointSections? {
    context.together.map { JointSections(record: record, classNames: context.classNames, joint: $0) }
  }

  private var configuration: SweepConfiguration { record.configuration }
  private var repetition: String { configuration.repetition }

  var page: ReportPage {
    let summary = record.summary
    let base = configuration.base
    let verdict = SweepVerdict(configuration: configuration, summary: summary)
    return ReportPage(
      title: "\(title(summary)) · \(path)",
      subject: "<b>\(path)</b> on <b>\(base.data.place)</b>, \(counted(record.trainings.count, "training"))",
      verdict: joint?.sentence ?? verdict.sentence,
      remarks: (joint?.remarks(verdict.sentence) ?? []) + verdict.remarks + warnings,
      progress: context.isDone ? nil : context.progress.share,
      figures: figures(summary),
      sections: RateSections(configuration: configuration, summary: summary).sections
        + (joint?.sections ?? []) + (configuration.predictsFolds ? [folds] : []) + [table(summary), recipe])
  }

  private func title(_ summary: SweepSummary) -> String {
    if let accuracy = record.ensemble?.accuracy ?? record.outOfFold?.accuracy { return percent(accuracy, 1) }
    return summary.best.map { summary.settings[$0].name(configuration) } ?? "Sweep"
  }

  private var warnings: [HTML] {
    context.flaws.sentences.map { "<b>Note:</b> \($0)" }
      + context.skippedClasses.prefix(10).map {
        "<b>Note:</b> \($0.description): the accuracies do not cover them."
      }
  }

  private func figures(_ summary: SweepSummary) -> [ReportPage.Figure] {
    guard let best = summary.best.map({ summary.settings[$0] }) else { return [] }
    func formatted(_ statistics: SeedStatistics?, _ words: (Double) -> String) -> (String, String) {
      (
        statistics.map { words($0.mean) } ?? "",
        statistics?.standardDeviation.map { "± \(words($0)) over the \(repetition)s" } ?? "one \(repetition)"
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
    return (measured ?? []) + (joint?.figures ?? []) + [
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
        "Means ± standard deviations over the \(repetition)s, measured with the weights of the best epoch and dropout off. The gap is training minus validation accuracy. The last column is the difference to the best \(configuration.monitor.words), with its confidence interval.",
      body: """
        <div class="scroll" tabindex="0" role="group" aria-label="Settings"><table class="wide settings"><thead><tr><th>setting</th>\
        <th class="n">validation</th><th class="n">training</th><th class="n">gap</th><th class="n">validation loss</th>\
        <th class="n">training loss</th><th class="n">difference to best</th></tr></thead>
        <tbody>
        \(rows)</tbody></table></div>
        """)
  }

  private var folds: ReportSection {
    let samples = Dictionary(
      uniqueKeysWithValues: (record.outOfFold?.folds ?? []).map { ($0.fold, $0.samples) })
    let rows = record.trainings.map { training -> HTML in
      let fold = configuration.fold(of: training.seed)?.number ?? 0
      let cells = [
        samples[fold].map(grouped) ?? "", "\(training.best?.epoch ?? 0)",
        training.best.map { percent($0.validationAccuracy, 2) } ?? "",
        training.best.map { fixed($0.validationLoss, 4) } ?? "",
        training.training.map { percent($0.accuracy, 2) } ?? "",
      ].map { "<td class=\"n\">\($0)</td>" as HTML }
      return "<tr><th scope=\"row\">\(fold)</th>\(cells)</tr>\n"
    }
    return ReportSection(
      title: "Folds",
      note:
        "Each fold is held back once. The epoch with the best \(configuration.monitor.words) is chosen on the fold itself, which makes its accuracy slightly too high.",
      body: """
        <table class="wide"><thead><tr><th>fold</th><th class="n">pictures</th><th class="n">epoch</th>\
        <th class="n">validation</th><th class="n">validation loss</th><th class="n">training</th></tr></thead>
        <tbody>
        \(rows)</tbody></table>
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
      ("Data", base.data.place), ("Seeds", configuration.seeds.map(String.init).joined(separator: ", ")),
      ("Folds", configuration.folds.map { "\($0), by the seed \(base.data.splitSeed ?? base.seed)" }),
      (
        "Groups",
        base.data.groupPattern.map { "the first group of \($0)" }
          ?? (record.hasGroups ? "the column group" : nil)
      ),
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
