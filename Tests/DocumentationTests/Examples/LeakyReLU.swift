import WhiskerNN

/// x if x > 0, otherwise `slope` * x (Maas, Hannun and Ng, "Rectifier Nonlinearities Improve Neural Network Acoustic
/// Models", 2013).
final class LeakyReLU: Layer {
  private let slope: Float
  private let output: Activations
  private let inputGradient: Activations
  /// The input of the last forward pass, valid until the next pass of the layer before.
  private var input: Activations?

  init(slope: Float, features: Int, capacity: Int) {
    self.slope = slope
    output = Activations(features: features, capacity: capacity)
    inputGradient = Activations(features: features, capacity: capacity)
  }

  func forward(_ input: Activations, count: Int, pass: Pass) -> Activations {
    self.input = input
    forEachValue(count) { output[$0, $1] = input[$0, $1] * factor(input[$0, $1]) }
    return output
  }

  func backward(
    _ gradient: Activations, count: Int, needsInputGradient: Bool, step: FusedStep?
  ) -> Activations? {
    guard needsInputGradient, let input else { return nil }
    forEachValue(count) { inputGradient[$0, $1] = gradient[$0, $1] * factor(input[$0, $1]) }
    return inputGradient
  }

  private func factor(_ value: Float) -> Float { value > 0 ? 1 : slope }

  private func forEachValue(_ count: Int, _ body: (_ sample: Int, _ feature: Int) -> Void) {
    for sample in 0..<count {
      for feature in 0..<output.features { body(sample, feature) }
    }
  }
}

/// The gradient of a weighted sum of the layer's outputs with respect to its inputs, and the central differences to compare.
func leakyReLUGradients() throws -> (computed: [Float], expected: [Float])? {
  let features = 5
  let layer = LeakyReLU(slope: 0.1, features: features, capacity: 1)
  let input = Activations(features: features, capacity: 1)
  let weights = Activations(features: features, capacity: 1)
  for feature in 0..<features {
    (input[0, feature], weights[0, feature]) = (Float(feature) - 2.5, Float(feature + 1))
  }
  _ = layer.forward(input, count: 1, pass: .training(seed: 0, step: 0))
  let gradient = layer.backward(weights, count: 1, needsInputGradient: true, step: nil)
  guard let gradient else { return nil }
  let (step, pass) = (Float(1) / 64, Pass.inference)
  /// The weighted sum after changing one input.
  func sum(_ moved: Int, by distance: Float) -> Float {
    input[0, moved] += distance
    defer { input[0, moved] -= distance }
    let output = layer.forward(input, count: 1, pass: pass)
    return (0..<features).reduce(0) { $0 + weights[0, $1] * output[0, $1] }
  }
  let differences = (0..<features).map { (sum($0, by: step) - sum($0, by: -step)) / (2 * step) }
  return ((0..<features).map { gradient[0, $0] }, differences)
}
