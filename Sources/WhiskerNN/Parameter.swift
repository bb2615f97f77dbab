import WhiskerTensor

/// Weights or biases that are learned.
public final class Parameter {
  /// Its name in the model file: the layer's index and what it is, as in PyTorch's `nn.Sequential`: "0.weight".
  public let name: String
  /// The current values.
  public let value: ParameterValues
  /// The gradient of the loss by the values, as of the last backward pass that left it in memory.
  public let gradient: ParameterValues

  /// A parameter of zeros.
  init(name: String, shape: [Int], layout: ParameterValues.Layout = .plain) {
    self.name = name
    value = ParameterValues(shape: shape, layout: layout)
    gradient = value.zeros()
  }

  /// What is left of a value when weights lose the share `decay`; biases, which are vectors, lose nothing.
  func keptShare(_ decay: Double) -> Float { value.shape.count > 1 ? Float(1 - decay) : 1 }

  /// Fills weights evenly from ±sqrt(6 / (fan in + fan out)) (Glorot & Bengio, 2010, equation 16), as Keras does.
  /// The values are a pure function of the seed and the layer's index.
  func fillGlorotUniform(fanIn: Int, fanOut: Int, seed: UInt64, layer: Int) {
    var random = RandomStream(seed: seed, purpose: .initialWeights, step: UInt32(layer))
    let limit = (6 / Double(fanIn + fanOut)).squareRoot()
    let drawn = Tensor(shape: value.shape)
    // Many words at once: one by one they would be most of what a short training waits for.
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
