import WhiskerNN
import WhiskerCore
import WhiskerTraining

/// A layer of a model, with everything that an exporter needs.
struct ModelLayer {
  /// Parameters in PyTorch's layout: a convolution's weights are `[filters, channels, kernel, kernel]`, a dense layer's
  /// `[units, features]`.
  struct Parameters {
    let weights: Tensor
    let biases: Tensor
  }

  let index: Int
  let specification: LayerSpecification
  let input: FeatureShape
  let output: FeatureShape
  /// Nil for layers without parameters.
  let parameters: Parameters?

  /// The layers of a model, in order.
  /// - Throws: `FileError` when the model is damaged, or an ensemble.
  static func layers(of model: Model) throws -> [ModelLayer] {
    layers(of: model, try model.network(capacity: 1, pool: ComputePool(threads: 1)))
  }

  /// The layers of every member of an ensemble, or those of the only network.
  /// - Throws: `FileError` when the model is damaged.
  static func members(of model: Model) throws -> [[ModelLayer]] {
    try model.members(capacity: 1, pool: ComputePool(threads: 1)).map { layers(of: model, $0) }
  }

  private static func layers(of model: Model, _ network: Network) -> [ModelLayer] {
    let tensors = Dictionary(uniqueKeysWithValues: network.parameters.map { ($0.name, $0.value.tensor) })
    let inputs = [model.inputShape] + network.shapes
    return model.specification.layers.enumerated().map { index, specification in
      var parameters: Parameters?
      if let weights = tensors["\(index).weight"], let biases = tensors["\(index).bias"] {
        parameters = Parameters(weights: weights, biases: biases)
      }
      return ModelLayer(
        index: index, specification: specification, input: inputs[index], output: inputs[index + 1],
        parameters: parameters)
    }
  }

  /// The parameters of a layer that must have some.
  var requiredParameters: Parameters {
    guard let parameters else { preconditionFailure("convolutions and dense layers have weights and biases") }
    return parameters
  }
}
