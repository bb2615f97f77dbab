/// A tensor of a layer in model files.
package struct LayerTensor: Sendable, Equatable {
  /// The meaning of the dimensions, which frameworks order differently.
  package enum Role: Sendable {
    /// `[filters, channels / groups, height, width]`
    case convolution
    /// `[units, features]`
    case dense
    /// `[n]`
    case vector
  }

  /// The name after the layer's path: "weight".
  package let name: String
  package let role: Role
  package let shape: [Int]
  /// Whether it is a buffer, which is not learned by gradients.
  package let isBuffer: Bool
  /// The smallest value that is possible: 0 for a variance.
  package let minimum: Float

  package init(
    name: String, role: Role, shape: [Int], isBuffer: Bool = false, minimum: Float = -.infinity
  ) {
    (self.name, self.role, self.shape, self.isBuffer) = (name, role, shape, isBuffer)
    self.minimum = minimum
  }

  /// The number of values, at most 2^40.
  package var count: Int { saturatingProduct(shape) }
}

/// A layer of a network with its path and shapes.
package struct PlacedLayer: Sendable {
  /// "3", or "3.body.0" in a residual block.
  package let path: String
  package let specification: LayerSpecification
  package let input: FeatureShape
  package let output: FeatureShape

  /// The tensors of the layer itself, not of those inside it.
  package var tensors: [LayerTensor] { specification.kind.tensors(input: input, output: output) }
}

extension NetworkSpecification {
  /// All layers, each before those inside it.
  /// - Throws: `NetworkError` when the layers do not fit each other.
  package func placedLayers(input: FeatureShape, classCount: Int) throws(NetworkError) -> [PlacedLayer] {
    _ = try shapes(input: input, classCount: classCount)
    return try PlacedLayer.all(of: layers, prefix: "", input: input, classCount: classCount)
  }
}

extension PlacedLayer {
  static func all(
    of layers: [LayerSpecification], prefix: String, input: FeatureShape, classCount: Int
  ) throws(NetworkError) -> [PlacedLayer] {
    var (placed, shape): ([PlacedLayer], FeatureShape) = ([], input)
    for (index, layer) in layers.enumerated() {
      let output = try layer.output(of: shape, classCount: classCount)
      let path = "\(prefix)\(index)"
      placed.append(PlacedLayer(path: path, specification: layer, input: shape, output: output))
      for branch in layer.kind.branches {
        placed += try all(
          of: branch.layers, prefix: "\(path).\(branch.name).", input: shape, classCount: classCount)
      }
      shape = output
    }
    return placed
  }
}
