import WhiskerTraining
import WhiskerNN
import WhiskerCore

/// The layers of a network.
struct NetworkSection {
  private let rows: [LayerSummary]

  init(_ specification: NetworkSpecification, input: FeatureShape, shapes: [FeatureShape]) {
    rows = specification.summary(input: input, shapes: shapes)
  }

  var section: ReportSection {
    let total = rows.reduce(0) { $0 + $1.parameterCount }
    return ReportSection(
      title: "Network", note: "\(grouped(total)) parameters.", isHalf: true, body: table)
  }

  private var table: HTML {
    """
    <table class="wide"><thead><tr><th>layer</th><th class="n">output</th><th class="n">parameters</th></tr></thead>
    <tbody>
    \(rows.map(row))</tbody></table>
    """
  }

  private func row(_ layer: LayerSummary) -> HTML {
    let parameters = layer.parameterCount > 0 ? grouped(layer.parameterCount) : ""
    return
      "<tr><th scope=\"row\">\(layer.name)</th><td class=\"n\">\(layer.output.description)</td><td class=\"n\">\(parameters)</td></tr>\n"
  }
}
