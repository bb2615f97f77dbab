import WhiskerNN
import WhiskerTensor

/// The layers of a network, what they give, and how much they learn.
struct NetworkTable {
  private let table: Table

  init(_ specification: NetworkSpecification, shapes: [FeatureShape], input: FeatureShape) {
    var table = Table([.left, .right, .right])
    table.add(["layer", "output", "parameters"].map { StyledText($0, .faint) })
    for layer in specification.summary(input: input, shapes: shapes) {
      let parameters = layer.parameterCount
      table.add([layer.name, layer.output.description, parameters > 0 ? grouped(parameters) : ""])
    }
    self.table = table
  }

  /// The lines, for a terminal of `columns` columns where there is one.
  func lines(columns: Int?) -> [StyledText] { table.lines(indent: Paragraph.labelWidth, columns: columns) }
}
