/// A row of a network's table: a layer, what it gives, and how much it learns.
public struct LayerSummary: Sendable, Equatable {
  /// The layer in a few words: "dense 10".
  public let name: String
  /// The shape of what it gives.
  public let output: FeatureShape
  /// The number of weights and biases.
  public let parameterCount: Int
}

extension NetworkSpecification {
  /// The input, every layer, and the softmax behind them, given the shape behind each layer.
  public func summary(input: FeatureShape, shapes: [FeatureShape]) -> [LayerSummary] {
    let inputs = [input] + shapes
    let rows = zip(layers, zip(inputs, shapes)).map { layer, shape in
      LayerSummary(
        name: layer.name(output: shape.1), output: shape.1,
        parameterCount: layer.parameterCount(input: shape.0, output: shape.1))
    }
    return [LayerSummary(name: "input", output: input, parameterCount: 0)] + rows
      + [LayerSummary(name: "softmax", output: shapes.last ?? input, parameterCount: 0)]
  }
}

extension LayerSpecification {
  fileprivate func name(output: FeatureShape) -> String {
    switch self {
    case .dense(nil): "dense \(output.count)"
    case .dropConnect(nil, let rate):
      LayerSpecification.dropConnect(units: output.count, rate: rate).description
    default: description
    }
  }
}
