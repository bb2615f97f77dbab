import WhiskerReport
import WhiskerTraining

/// Charts in rows, as an SVG picture with a background, because pages may be light or dark.
struct Figure {
  struct Panel {
    let title: String
    let drawing: HTML
  }

  /// The text alternative.
  let label: String
  /// The names of the curves and their classes in the style sheet.
  var legend: [(name: String, style: String)] = []
  let panels: [Panel]
  let panelHeight: Double

  private static let (panelWidth, margin, gap, heading) = (360.0, 20.0, 28.0, 26.0)
  private static let columns = 2
  /// The same for all figures, so that their text has the same size.
  private static let width = 2 * margin + Double(columns) * panelWidth + Double(columns - 1) * gap
  private static let entriesPerRow = 4

  private var legendRows: Int { (legend.count + Self.entriesPerRow - 1) / Self.entriesPerRow }
  private var top: Double { Self.margin + (legend.isEmpty ? 0 : Double(legendRows) * 18 + 12) }
  private var rowHeight: Double { Self.heading + panelHeight + Self.gap }

  var text: String {
    let rows = (panels.count + Self.columns - 1) / Self.columns
    let height = top + Double(rows) * rowHeight - Self.gap + Self.margin
    let svg: HTML = """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Self.width) \(height)" width="\(Self.width)" \
      height="\(height)" role="img" aria-label="\(label)">
      <style>\(HTML(markup: Self.style))</style>
      <rect class="page" width="\(Self.width)" height="\(height)" rx="8"/>
      \(legend.enumerated().map(entry))\(panels.enumerated().map(place))</svg>

      """
    return svg.text
  }

  private func place(_ index: Int, _ panel: Panel) -> HTML {
    let x = Self.margin + Double(index % Self.columns) * (Self.panelWidth + Self.gap)
    let y = top + Double(index / Self.columns) * rowHeight
    return """
      <g transform="translate(\(x) \(y))"><text class="title" x="0" y="12">\(panel.title)</text>
      <g transform="translate(0 \(Self.heading))">\(panel.drawing)</g></g>

      """
  }

  private func entry(_ index: Int, _ entry: (name: String, style: String)) -> HTML {
    let column = Double(index % Self.entriesPerRow)
    let x = Self.margin + column * (Self.width - 2 * Self.margin) / Double(Self.entriesPerRow)
    let y = Self.margin + Double(index / Self.entriesPerRow) * 18 + 6
    return """
      <polyline class="\(entry.style)" points="\(x),\(y) \(x + 22),\(y)"/>\
      <text x="\(x + 28)" y="\(y + 4)">\(entry.name)</text>

      """
  }

  /// The colours of a report.
  private static let style = """
    svg{--page:#fff;--ink:#1b1d21;--soft:#5b616b;--line:#e2e4e8;--main:#2455c4;--other:#8a6d1f;--third:#2f7d4f;--wrong:#b3382c}
    @media (prefers-color-scheme:dark){svg{--page:#15171b;--ink:#e9eaed;--soft:#a2a8b3;--line:#32363e;--main:#84a9ff;\
    --other:#d9b65a;--third:#7fce9f;--wrong:#ff8f80}}
    .page{fill:var(--page)}
    text{font:11px system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;fill:var(--soft);\
    font-variant-numeric:tabular-nums}
    .title{font-size:14px;font-weight:600;fill:var(--ink)}
    .mark{fill:var(--ink);font-weight:600}
    .grid{stroke:var(--line)}
    .guide{stroke:var(--soft);stroke-dasharray:3 3;fill:none}
    polyline{fill:none;stroke-width:1.75;stroke-linejoin:round;stroke-linecap:round}
    .main{stroke:var(--main)}.other{stroke:var(--other)}.third{stroke:var(--third)}.wrong{stroke:var(--wrong)}
    .faint{stroke-dasharray:2 4}
    .dot{fill:var(--page);stroke-width:2}

    """
}
