import WhiskerNN
import WhiskerTensor

/// The layers of a network, what they give, and how much they learn.
struct NetworkTable {
  let lines: [String]

  init(_ specification: NetworkSpecification, shapes: [FeatureShape], input: FeatureShape) {
    var table = Table([.left, .right, .right])
    table.add(["layer", "output", "parameters"])
    for layer in specification.summary(input: input, shapes: shapes) {
      let parameters = layer.parameterCount
      table.add([layer.name, layer.output.description, parameters > 0 ? grouped(parameters) : ""])
    }
    lines = table.lines(indent: 10)
  }
}
