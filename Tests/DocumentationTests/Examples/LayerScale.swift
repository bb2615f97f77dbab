import WhiskerCore
import WhiskerNN

/// Multiplies each value of a vector by a learned factor (Touvron et al., "Going Deeper with Image Transformers", ICCV 2021).
struct LayerScaleKind: LayerKind {
  static let type = "layer_scale"
  /// The factor before training.
  var start = 0.1

  init() {}
  init(from options: LayerOptions) throws { start = try options.value("start", default: 0.1) }
  func write(to options: inout LayerOptionsWriter) throws { try options.set("start", start, unless: 0.1) }

  var description: String { "layer scale" }
  func output(of input: FeatureShape, classCount: Int) throws(NetworkError) -> FeatureShape {
    guard case .vector = input else { throw NetworkError("needs a vector: put a flatten layer before it") }
    return input
  }
  func tensors(input: FeatureShape, output: FeatureShape) -> [LayerTensor] {
    [LayerTensor(name: "weight", role: .vector, shape: [input.count])]
  }
  func build(_ place: LayerPlace) -> (any Layer)? { LayerScale(start: Float(start), place) }

  /// In inference it is a batch norm that subtracts nothing.
  func describe(
    _ place: InferenceGraph.Place, _ input: InferenceGraph.Value, in graph: inout InferenceGraph
  ) -> InferenceGraph.Value {
    let zeros = Tensor(shape: [place.input.count])
    let ones = Tensor(shape: zeros.shape, values: zeros.values.map { $0 + 1 })
    return graph.append(
      Self.type,
      .batchNorm(weight: place.tensor("weight"), bias: zeros, mean: zeros, variance: ones, epsilon: 0),
      [input], place)
  }
}

final class LayerScale: Layer {
  private let weight: Parameter
  var parameters: [Parameter] { [weight] }

  private let start: Float
  private let output: Activations
  private let inputGradient: Activations
  /// The input of the last forward pass, valid until the next pass of the layer before.
  private var input: Activations?

  init(start: Float, _ place: LayerPlace) {
    self.start = start
    weight = Parameter(
      name: "\(place.path).weight", shape: [place.input.count], isTrainable: place.isTrainable)
    output = Activations(features: place.input.count, capacity: place.capacity)
    inputGradient = Activations(features: place.input.count, capacity: place.capacity)
  }

  func initialize(seed: UInt64) {
    for feature in 0..<weight.value.count { weight.value[feature] = start }
  }

  func forward(_ input: Activations, count: Int, pass: Pass) -> Activations {
    self.input = input
    for feature in 0..<output.features {
      for sample in 0..<count {
        output[sample, feature] = input[sample, feature] * weight.value[feature]
      }
    }
    return output
  }

  func backward(
    _ gradient: Activations, count: Int, needsInputGradient: Bool, step: FusedStep?
  ) -> Activations? {
    guard let input else { return nil }
    for feature in 0..<output.features {
      weight.gradient[feature] = 0
      for sample in 0..<count {
        weight.gradient[feature] += gradient[sample, feature] * input[sample, feature]
        inputGradient[sample, feature] = gradient[sample, feature] * weight.value[feature]
      }
    }
    if weight.isTrainable { step?.apply(to: weight, 0..<output.features) }
    return inputGradient
  }
}

/// The gradient of a weighted sum of a network's logits with respect to the factors, and the central differences to compare.
func layerScaleGradients() throws -> (computed: [Float], expected: [Float]) {
  let network = try Network(
    NetworkSpecification(
      layers: [.flatten, LayerSpecification(LayerScaleKind()), .dense(units: nil)]),
    input: .map(channels: 1, height: 2, width: 2), classCount: 2, capacity: 1, pool: ComputePool(threads: 1))
  network.initialize(seed: 1)
  let (images, factors): ([UInt8], [Float]) = ([0, 90, 170, 255], [1, -2])
  let weights = network.parameters[0]
  /// The weighted sum after changing one factor.
  func sum(_ moved: Int, by distance: Float) -> Float {
    weights.value[moved] += distance
    defer { weights.value[moved] -= distance }
    let logits = network.forward(images, count: 1, pass: .inference)
    return factors[0] * logits[0] + factors[1] * logits[1]
  }
  let step = Float(1) / 64
  let differences = (0..<4).map { (sum($0, by: step) - sum($0, by: -step)) / (2 * step) }
  _ = network.forward(images, count: 1, pass: .training(seed: 0, step: 0))
  network.backward(Tensor(shape: [1, 2], values: factors), count: 1)
  return ((0..<4).map { weights.gradient[$0] }, differences)
}
