import WhiskerTraining
import WhiskerNN
import WhiskerCore

/// The layers of a network.
struct NetworkSection {
  private let rows: [LayerSummary]
  private let backbone: Backbone?

  /// - Parameter backbone: The frozen layers before the network; nil for none.
  init(
    _ specification: NetworkSpecification, input: FeatureShape, shapes: [FeatureShape],
    backbone: Backbone? = nil
  ) {
    rows = specification.summary(input: input, shapes: shapes)
    self.backbone = backbone
  }

  var section: ReportSection {
    let total = rows.reduce(0) { $0 + $1.parameterCount }
    let note: HTML =
      backbone.map {
        "\(grouped(total)) parameters, after those of the backbone \($0.path): \(grouped($0.parameterCount)), frozen."
      } ?? "\(grouped(total)) parameters."
    return ReportSection(
      title: backbone == nil ? "Network" : "Head", note: note, isHalf: true, body: table)
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
