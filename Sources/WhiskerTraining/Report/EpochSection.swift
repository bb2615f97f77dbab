import WhiskerTensor

/// A row for every epoch, as `results.csv` has them.
struct EpochSection {
  let report: RunReport

  private static let epochsShown = 60

  var section: ReportSection {
    ReportSection(
      title: "Epochs", note: note,
      body: report.epochs.isEmpty ? "<p class=\"empty\">None is done.</p>" : table)
  }

  private var note: HTML {
    guard report.epochs.count > Self.epochsShown else { return "" }
    return """
      The best one and the last \(Self.epochsShown) of \(grouped(report.epochs.count)); all of them are in results.csv beside this page.
      """
  }

  private var shown: [EpochReport] {
    let last = report.epochs.suffix(Self.epochsShown)
    guard let best = report.bestEpoch, !last.contains(where: { $0.step == best.step }) else {
      return Array(last)
    }
    return [best] + last
  }

  private var table: HTML {
    let heads = [
      "epoch", "loss", "accuracy", "val_loss", "val_accuracy", "learning rate", "time", "images/s", "waiting",
    ].map { "<th class=\"n\">\($0)</th>" as HTML }
    return """
      <div class="scroll" tabindex="0" role="group" aria-label="Epochs"><table class="wide"><thead><tr>\(heads)</tr></thead>
      <tbody>
      \(shown.map(row))</tbody></table></div>
      """
  }

  private func row(_ entry: EpochReport) -> HTML {
    func figure(_ value: Double?) -> String { value.map { fixed($0, 4) } ?? "–" }
    let isTimed = entry.seconds > 0
    let cells =
      ["\(entry.epoch)", figure(entry.loss), figure(entry.accuracy)]
      + [entry.validationLoss, entry.validationAccuracy].map(figure)
      + ["\(Float(entry.learningRate))"]
      + (isTimed
        ? [duration(entry.seconds), grouped(Int(entry.imagesPerSecond)), percent(entry.waitingShare)]
        : ["–", "–", "–"])
    let isBest = entry.step == report.best?.step
    return
      "<tr\(when(isBest, " class=\"best\""))>\(cells.map { "<td class=\"n\">\($0)</td>" as HTML })</tr>\n"
  }
}
