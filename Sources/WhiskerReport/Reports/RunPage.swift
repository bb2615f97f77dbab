import WhiskerData
import WhiskerNN
import WhiskerCore
import WhiskerTraining

extension RunReport {
  var page: ReportPage {
    let verdict = RunVerdict(self)
    return ReportPage(
      title: "\(verdict.tab) · \(path)",
      subject: "Training run <b>\(path)</b> on <b>\(configuration.data.place)</b>",
      verdict: verdict.sentence, remarks: verdict.remarks, progress: progress,
      figures: RunFigures(report: self).figures, sections: sections)
  }

  /// The progress, 0 to 1; nil at the end.
  private var progress: Double? {
    guard case .running(let batch) = standing else { return nil }
    let begun = batch.flatMap {
      $0.epoch > epochs.count ? Double($0.batch) / Double(max(1, $0.batchCount)) : nil
    }
    return min(1, (Double(epochs.count) + (begun ?? 0)) / Double(configuration.optimization.epochs))
  }

  private var sections: [ReportSection] {
    let network = context.network
    let balance = BalanceSection(
      classNames: classNames, training: context.training.classCounts,
      validation: context.validation.classCounts)
    return CurveSections(report: self).sections + measured.scores + [balance.section] + measured.pictures
      + (augmentation.map { [section(of: $0)] } ?? [])
      + (bestWeights?.filters.map { [$0.section] } ?? [])
      + [
        NetworkSection(
          network.specification, input: network.inputShape, shapes: network.shapes, backbone: context.backbone
        ).section
      ]
      + [EpochSection(report: self).section, skipped, RecipeSection(report: self).section]
  }

  private func section(of sheet: AugmentationSheet) -> ReportSection {
    ReportSection(
      title: "Augmentation",
      note: "Training samples as they are, and as augmented in the first epochs.",
      body: "<div class=\"sheet\">\(picture(sheet.dataURI))</div>")
  }

  private var measured: MeasuredSections {
    MeasuredSections(
      measurement: bestWeights?.measurement, dataset: context.validation.dataset, classNames: classNames,
      nothing: context.validation.count > 0
        ? "The results appear after the first validation."
        : "No pictures were held back for validation. "
          + "Evaluate the model on others: whisker evaluate --report report.html \(ShellWords([path]).text) DATA",
      showsOriginals: progress == nil,
      modelFile: { _ in progress == nil ? path : nil })
  }

  private var skipped: ReportSection {
    let failures = state.failures.sorted { $0.name < $1.name }.map { ($0.name, $0.reason) }
    let refused = context.source.refused.map { ($0.path, $0.problem) }
    return SkippedSection(files: (failures + refused).map { ($0, $1.text(naming: context.settingName)) })
      .section
  }
}
