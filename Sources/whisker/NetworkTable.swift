import WhiskerNN
import WhiskerTensor

/// The layers of a network, what they give, and how much they learn.
struct NetworkTable {
  private let table: Table

  init(_ specification: NetworkSpecification, shapes: [FeatureShape], input: FeatureShape) {
    var table = Table([.left, .right, .right])
    table.add(["layer", "output", "parameters"].map { StyledText($0, .faint) })
    table.add(["input", input.description, ""])
    var before = input
    for (layer, after) in zip(specification.layers, shapes) {
      let parameters = layer.parameterCount(input: before, output: after)
      table.add([Self.name(layer, after), after.description, parameters > 0 ? grouped(parameters) : ""])
      before = after
    }
    table.add(["softmax", before.description, ""])
    self.table = table
  }

  /// The lines, for a terminal of `columns` columns where there is one.
  func lines(columns: Int?) -> [StyledText] { table.lines(indent: Paragraph.labelWidth, columns: columns) }

  private static func name(_ layer: LayerSpecification, _ output: FeatureShape) -> String {
    if case .dense(nil) = layer { return "dense \(output.count)" }
    return layer.description
  }
}
