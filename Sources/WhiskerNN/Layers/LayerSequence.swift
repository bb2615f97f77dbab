import WhiskerCore

/// Layers one after the other.
final class LayerSequence: Layer {
  let layers: [any Layer]

  init(_ layers: [any Layer]) { self.layers = layers }

  var parameters: [Parameter] { layers.flatMap(\.parameters) }
  var buffers: [NetworkBuffer] { layers.flatMap(\.buffers) }
  var dropouts: [DropoutMask] { layers.flatMap(\.dropouts) }

  func initialize(seed: UInt64) { for layer in layers { layer.initialize(seed: seed) } }

  func synchronize(over communicator: any Communicator) {
    for layer in layers { layer.synchronize(over: communicator) }
  }

  func forward(_ input: Activations, count: Int, pass: Pass) -> Activations {
    layers.reduce(input) { $1.forward($0, count: count, pass: pass) }
  }

  func backward(
    _ gradient: Activations, count: Int, needsInputGradient: Bool, step: FusedStep?
  ) -> Activations? {
    backward(gradient, needsInputGradient) {
      $0.backward($1, count: count, needsInputGradient: $2, step: step)
    }
  }

  func backward(
    _ gradient: Activations, count: Int, needsInputGradient: Bool, reducing allReduce: GradientAllReduce
  ) -> Activations? {
    backward(gradient, needsInputGradient) {
      $0.backward($1, count: count, needsInputGradient: $2, reducing: allReduce)
    }
  }

  /// Propagates the gradient from the last layer to the first trainable one, or to the input if its gradient is needed.
  private func backward(
    _ gradient: Activations, _ needsInputGradient: Bool,
    through: (_ layer: any Layer, _ gradient: Activations, _ needsInputGradient: Bool) -> Activations?
  ) -> Activations? {
    let learning = layers.firstIndex { $0.parameters.contains(where: \.isTrainable) }
    let first = needsInputGradient ? 0 : learning ?? layers.count
    var gradient = gradient
    for index in layers.indices.reversed() where index >= first {
      guard let below = through(layers[index], gradient, needsInputGradient || index > first) else {
        return nil
      }
      gradient = below
    }
    return needsInputGradient ? gradient : nil
  }
}

extension LayerSequence {
  /// The shape after layers.
  /// - Throws: `NetworkError` that says in which layer.
  static func output(
    of layers: [LayerSpecification], input: FeatureShape, classCount: Int, in branch: String
  ) throws(NetworkError) -> FeatureShape {
    var shape = input
    for (index, layer) in layers.enumerated() {
      do {
        shape = try layer.output(of: shape, classCount: classCount)
      } catch {
        throw NetworkError("layer \(index + 1) of its \(branch) (\(layer)) \(error)")
      }
      guard shape.count <= NetworkSpecification.featureLimit else {
        throw NetworkError(
          "layer \(index + 1) of its \(branch) (\(layer)) gives more values than the limit allows")
      }
    }
    return shape
  }

  /// The number of parameters of layers that fit the input.
  static func parameterCount(of layers: [LayerSpecification], input: FeatureShape, classCount: Int) -> Int {
    var (count, shape) = (0, input)
    for layer in layers {
      guard let output = try? layer.output(of: shape, classCount: classCount) else { return count }
      count += layer.parameterCount(input: shape, output: output, classCount: classCount)
      shape = output
    }
    return count
  }
}
