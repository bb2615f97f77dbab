/// A row of the summary of a network: a layer, its output shape and its number of parameters.
public struct LayerSummary: Sendable, Equatable {
  /// A short description of the layer: "dense 10".
  public let name: String
  /// The output shape.
  public let output: FeatureShape
  /// The number of weights and biases.
  public let parameterCount: Int
}

extension NetworkSpecification {
  /// Rows for the input, every layer and the final softmax.
  /// - Parameter shapes: The output shape of each layer.
  public func summary(input: FeatureShape, shapes: [FeatureShape]) -> [LayerSummary] {
    let (inputs, classCount) = ([input] + shapes, shapes.last?.count ?? 0)
    let rows = zip(layers, zip(inputs, shapes)).map { layer, shape in
      LayerSummary(
        name: layer.kind.name(output: shape.1), output: shape.1,
        parameterCount: layer.parameterCount(input: shape.0, output: shape.1, classCount: classCount))
    }
    return [LayerSummary(name: "input", output: input, parameterCount: 0)] + rows
      + [LayerSummary(name: "softmax", output: shapes.last ?? input, parameterCount: 0)]
  }
}
