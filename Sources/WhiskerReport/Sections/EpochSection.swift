import WhiskerTraining
import WhiskerCore

/// A table row per epoch, as in `results.csv`.
struct EpochSection {
  let report: RunReport

  private static let epochsShown = 60

  var section: ReportSection {
    ReportSection(
      title: "Epochs", note: note,
      body: report.epochs.isEmpty ? "<p class=\"empty\">No epoch is complete yet.</p>" : table)
  }

  private var note: HTML {
    guard report.epochs.count > Self.epochsShown else { return "" }
    return """
      The best and the last \(Self.epochsShown) of \(grouped(report.epochs.count)) epochs. results.csv has all of them.
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
    let heads = (["epoch"] + columns.compactMap(\.tableHeading)).map { "<th class=\"n\">\($0)</th>" as HTML }
    return """
      <div class="scroll" tabindex="0" role="group" aria-label="Epochs"><table class="wide"><thead><tr>\(heads)</tr></thead>
      <tbody>
      \(shown.map(row))</tbody></table></div>
      """
  }

  /// Times stand at the end.
  private var columns: [any Metric] {
    let shown = Metrics.all.filter { $0.tableHeading != nil }
    return shown.filter { $0.kind != .time } + shown.filter { $0.kind == .time }
  }

  private func row(_ entry: EpochReport) -> HTML {
    let isTimed = entry.seconds > 0
    let cells =
      ["\(entry.epoch)"]
      + columns.map { metric in
        metric.kind == .time && !isTimed ? "–" : entry[metric].map(metric.text) ?? "–"
      }
    let isBest = entry.step == report.best?.step
    return
      "<tr\(when(isBest, " class=\"best\""))>\(cells.map { "<td class=\"n\">\($0)</td>" as HTML })</tr>\n"
  }
}
