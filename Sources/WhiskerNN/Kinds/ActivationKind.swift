import CKernels
import WhiskerCore

/// The activation functions, each applied to every value by itself.
package enum ActivationKind {
  /// max(x, 0)
  package struct ReLU: PlainActivation {
    package static let type = "relu"
    package var description: String { "ReLU" }
    package var function: whisker_activation { WHISKER_RELU }
    package var exported: InferenceGraph.Function { .relu }
    package var bounds: ActivationBounds? { ActivationBounds() }
    package init() {}
  }

  /// min(max(x, 0), 6) (Howard et al., "MobileNets", 2017).
  package struct ReLU6: PlainActivation {
    package static let type = "relu6"
    package var description: String { "ReLU6" }
    package var function: whisker_activation { WHISKER_RELU6 }
    package var exported: InferenceGraph.Function { .relu6 }
    package var bounds: ActivationBounds? { ActivationBounds(limit: 6) }
    package init() {}
  }

  /// x where it is positive, and `slope` times x elsewhere (Maas, Hannun & Ng, "Rectifier Nonlinearities Improve Neural Network
  /// Acoustic Models", 2013).
  package struct LeakyReLU: LayerKind {
    package static let type = "leaky_relu"
    package var slope = 0.01

    package init(slope: Double = 0.01) { self.slope = slope }
    package init(from options: LayerOptions) throws { slope = try options.value("slope", default: 0.01) }
    package func write(to options: inout LayerOptionsWriter) throws {
      try options.set("slope", slope, unless: 0.01)
    }
    package func output(of input: FeatureShape, classCount: Int) throws(NetworkError) -> FeatureShape {
      guard slope >= 0, slope < 1 else { throw NetworkError("has a slope that is not between 0 and 1") }
      return input
    }
    package var description: String { "leaky ReLU \(slope)" }
    package func describe(
      _ place: InferenceGraph.Place, _ input: InferenceGraph.Value, in graph: inout InferenceGraph
    ) -> InferenceGraph.Value {
      graph.append(Self.type, .activation(.leakyReLU(slope: slope)), [input], place)
    }
    package var bounds: ActivationBounds? { ActivationBounds(slope: Float(slope)) }
    package func build(_ place: LayerPlace) -> (any Layer)? {
      Activation(WHISKER_LEAKY_RELU, slope: Float(slope), place)
    }
  }

  /// x times the logistic function of x (Hendrycks & Gimpel, 2016; Ramachandran, Zoph & Le, "Searching for Activation Functions",
  /// 2017).
  package struct SiLU: PlainActivation {
    package static let type = "silu"
    package var description: String { "SiLU" }
    package var function: whisker_activation { WHISKER_SILU }
    package var exported: InferenceGraph.Function { .silu }
    package init() {}
  }

  /// x * min(max(x + 3, 0), 6) / 6 (Howard et al., "Searching for MobileNetV3", ICCV 2019).
  package struct HardSwish: PlainActivation {
    package static let type = "hard_swish"
    package var description: String { "hard swish" }
    package var function: whisker_activation { WHISKER_HARD_SWISH }
    package var exported: InferenceGraph.Function { .hardSwish }
    package init() {}
  }
}

/// An activation without options.
package protocol PlainActivation: LayerKind {
  init()
  var function: whisker_activation { get }
  var exported: InferenceGraph.Function { get }
}

extension PlainActivation {
  package init(from options: LayerOptions) throws { self.init() }
  package func write(to options: inout LayerOptionsWriter) throws {}
  package func output(of input: FeatureShape, classCount: Int) throws(NetworkError) -> FeatureShape { input }
  package func describe(
    _ place: InferenceGraph.Place, _ input: InferenceGraph.Value, in graph: inout InferenceGraph
  ) -> InferenceGraph.Value {
    graph.append(Self.type, .activation(exported), [input], place)
  }
  package func build(_ place: LayerPlace) -> (any Layer)? { Activation(function, place) }
}

/// Applies an activation function.
final class Activation: Layer {
  private let function: whisker_activation
  private let slope: Float
  private let pool: ComputePool
  private let output: Activations
  private let inputGradient: Activations
  private var input: Activations?

  init(_ function: whisker_activation, slope: Float = 0, _ place: LayerPlace) {
    (self.function, self.slope, pool) = (function, slope, place.pool)
    output = Activations(features: place.input.count, capacity: place.capacity)
    inputGradient = Activations(features: place.input.count, capacity: place.capacity)
  }

  func forward(_ input: Activations, count: Int, pass: Pass) -> Activations {
    self.input = input
    pool.run(blockCount(count)) { block, _ in
      whisker_activation_forward(
        function, slope, Int64(output.blockStride), input.block(block), output.block(block))
    }
    return output
  }

  func backward(
    _ gradient: Activations, count: Int, needsInputGradient: Bool, step: FusedStep?
  ) -> Activations? {
    guard needsInputGradient, let input else { return nil }
    pool.run(blockCount(count)) { block, _ in
      whisker_activation_backward(
        function, slope, Int64(output.blockStride), input.block(block), gradient.block(block),
        inputGradient.block(block))
    }
    return inputGradient
  }
}
