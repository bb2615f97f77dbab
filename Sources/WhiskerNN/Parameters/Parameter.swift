import WhiskerCore

/// Learned weights or biases.
public final class Parameter {
  /// The name in the model file, the index of the layer and the kind, as in PyTorch's `nn.Sequential`: "0.weight".
  public let name: String
  /// The current values.
  public let value: ParameterValues
  /// The gradient of the loss with respect to the values, from the last backward pass that stored it.
  public let gradient: ParameterValues
  /// Whether training changes it.
  public let isTrainable: Bool

  /// A parameter of zeros.
  package init(
    name: String, shape: [Int], layout: ParameterValues.Layout = .plain, isTrainable: Bool = true
  ) {
    (self.name, self.isTrainable) = (name, isTrainable)
    value = ParameterValues(shape: shape, layout: layout)
    gradient = value.zeros()
  }

  /// The factor that weight decay multiplies values by: 1 - `decay`, or 1 for biases, which are vectors.
  func decayFactor(_ decay: Double) -> Float { value.shape.count > 1 ? Float(1 - decay) : 1 }

  /// Initializes weights uniformly in ±sqrt(6 / (fan in + fan out)) (Glorot & Bengio, 2010, equation 16), as Keras does.
  /// The values are a pure function of the seed and the index of the layer.
  func fillGlorotUniform(fanIn: Int, fanOut: Int, seed: UInt64, layer: Int) {
    var random = RandomStream(seed: seed, purpose: .initialWeights, step: UInt32(layer))
    let limit = (6 / Double(fanIn + fanOut)).squareRoot()
    let drawn = Tensor(shape: value.shape)
    // In bulk: drawn one at a time, they would take most of the start of a short training.
    var words = [UInt64](repeating: 0, count: min(value.count, 4096))
    for start in stride(from: 0, to: value.count, by: words.count) {
      words.withUnsafeMutableBufferPointer { random.fill($0) }
      for index in start..<min(start + words.count, value.count) {
        drawn[index] = Float((2 * RandomStream.unit(words[index - start]) - 1) * limit)
      }
    }
    value.assign(drawn)
  }
}
