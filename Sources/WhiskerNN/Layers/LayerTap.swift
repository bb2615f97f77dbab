/// Records a layer's output for the first sample, and the gradient with respect to it. Passes both on unchanged.
final class LayerTap: Layer {
  /// The path of the layer: "3.body.2".
  let path: String
  /// The output of the layer in the last forward pass.
  private(set) var values: [Float] = []
  /// The gradient with respect to it in the last backward pass.
  private(set) var gradient: [Float] = []

  init(after path: String) { self.path = path }

  // Copies, because a layer may change in place what it is given.
  func forward(_ input: Activations, count: Int, pass: Pass) -> Activations {
    values = (0..<input.features).map { input[0, $0] }
    return input
  }

  func backward(
    _ gradient: Activations, count: Int, needsInputGradient: Bool, step: FusedStep?
  ) -> Activations? {
    self.gradient = (0..<gradient.features).map { gradient[0, $0] }
    return gradient
  }
}
