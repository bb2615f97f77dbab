import WhiskerCore

/// A kind of layer, as data: its options in JSON, the shape of its output, and how it is built.
///
/// Everything about a kind is in one file, together with the class that computes it. `LayerSpecification.kinds` lists them.
package protocol LayerKind: Sendable, Equatable, CustomStringConvertible {
  /// The name of the kind in JSON: "max_pool".
  static var type: String { get }

  /// Reads the options from JSON.
  /// - Throws: `DecodingError`.
  init(from options: LayerOptions) throws

  /// Writes the options that are not the default.
  func write(to options: inout LayerOptionsWriter) throws

  /// The shape of the output for a sample of the given shape.
  /// - Throws: `NetworkError` when the layer cannot take that shape, or an option is out of range.
  func output(of input: FeatureShape, classCount: Int) throws(NetworkError) -> FeatureShape

  /// The options that are sizes. They are limited to 2^20 before any arithmetic on shapes; products of them saturate.
  var sizes: [Int] { get }

  /// The tensors of the layer itself, in PyTorch's order.
  func tensors(input: FeatureShape, output: FeatureShape) -> [LayerTensor]

  /// Appends the operations of the layer in inference.
  /// - Returns: The output, which is `input` if the layer does nothing.
  func describe(
    _ place: InferenceGraph.Place, _ input: InferenceGraph.Value, in graph: inout InferenceGraph
  ) -> InferenceGraph.Value

  /// The layer in a few words, once the shape of its output is known.
  func name(output: FeatureShape) -> String

  /// The dropout rate; nil for a layer that drops nothing.
  var dropoutRate: Double? { get }
  /// The same layer with another dropout rate.
  func withDropoutRate(_ rate: Double) -> Self

  /// The number of consecutive samples of a batch that share a dropout mask.
  var samplesPerMask: Int { get }

  /// The layers inside, by name: `body` and `shortcut` of a residual block.
  var branches: [(name: String, layers: [LayerSpecification])] { get }
  /// The same layer with other layers inside, in the order of `branches`.
  func withBranches(_ branches: [[LayerSpecification]]) -> Self

  /// The function of an activation that other layers can apply to their output; nil for other layers.
  var bounds: ActivationBounds? { get }

  /// What the layer multiplies each channel by and adds in inference; nil for a layer that does anything else.
  /// - Parameter tensors: The tensors of the layer, by their names without the path.
  func channelFactors(_ tensors: [String: Tensor]) -> ChannelFactors?

  /// The layer whose outputs are multiplied by factors, and its tensors; nil for a layer that has no weights to multiply.
  /// - Parameter tensors: The tensors of the layer, by their names without the path.
  func scaled(by factors: ChannelFactors, _ tensors: [String: Tensor]) -> (
    kind: any LayerKind, tensors: [String: Tensor]
  )?

  /// Whether the output can be one value per class.
  var isClassifier: Bool { get }

  /// One layer for this one and some of those that follow, with the number of layers that it computes; nil if there is none.
  /// - Parameter places: The place of this layer and of those that follow.
  func fused(with following: ArraySlice<LayerSpecification>, _ places: ArraySlice<LayerPlace>) -> (
    any Layer, Int
  )?

  /// The layer that computes it; nil for one that changes nothing in memory.
  func build(_ place: LayerPlace) -> (any Layer)?
}

extension LayerKind {
  package var sizes: [Int] { [] }
  package func tensors(input: FeatureShape, output: FeatureShape) -> [LayerTensor] { [] }
  package func name(output: FeatureShape) -> String { description }
  package var dropoutRate: Double? { nil }
  package func withDropoutRate(_ rate: Double) -> Self { self }
  package var samplesPerMask: Int { 1 }
  package var branches: [(name: String, layers: [LayerSpecification])] { [] }
  package func withBranches(_ branches: [[LayerSpecification]]) -> Self { self }
  package var bounds: ActivationBounds? { nil }
  package func channelFactors(_ tensors: [String: Tensor]) -> ChannelFactors? { nil }
  package func scaled(by factors: ChannelFactors, _ tensors: [String: Tensor]) -> (
    kind: any LayerKind, tensors: [String: Tensor]
  )? { nil }
  package var isClassifier: Bool { false }
  package func fused(
    with following: ArraySlice<LayerSpecification>, _ places: ArraySlice<LayerPlace>
  ) -> (any Layer, Int)? { nil }
}

/// An activation function that multiplies negative values by `slope` and limits values to `limit`.
package struct ActivationBounds {
  package var slope: Float = 0
  package var limit = Float.infinity

  /// Leaves values as they are.
  package static let none = ActivationBounds(slope: 1)
}

/// The position of a layer in a network, its shapes, and the threads that compute it.
package struct LayerPlace {
  /// The path of its parameters' names: "3", or "3.body.0" in a residual block.
  package let path: String
  /// Its number among all layers, depth first. Initial weights and dropout masks depend on it.
  package let number: Int
  package let input: FeatureShape
  package let output: FeatureShape
  /// The number of classes.
  package let classCount: Int
  /// The most samples in a pass.
  package let capacity: Int
  package let pool: ComputePool
  /// Whether layers that have a common kernel are computed as one.
  package let fuses: Bool
  /// Whether its parameters are learned.
  package var isTrainable = true
  /// The parameters and buffers of another network that the layer uses as its own; nil for new ones.
  var shared: SharedValues?
  /// Records the output of one layer, found by its path, which may be inside this one; nil for none.
  var tap: LayerTap?

  /// A parameter of the layer: zeros, or the one that is shared.
  /// - Parameter name: The name after the layer's path: "weight".
  func parameter(
    _ name: String, shape: [Int], layout: ParameterValues.Layout = .plain
  ) -> Parameter {
    shared?.parameters["\(path).\(name)"]
      ?? Parameter(name: "\(path).\(name)", shape: shape, layout: layout, isTrainable: isTrainable)
  }

  /// A buffer of the layer: zeros, or the one that is shared.
  /// - Parameter minimum: The smallest value that is possible.
  func buffer(_ name: String, shape: [Int], minimum: Float = -.infinity) -> NetworkBuffer {
    shared?.buffers["\(path).\(name)"]
      ?? NetworkBuffer(name: "\(path).\(name)", shape: shape, minimum: minimum)
  }
}

/// The parameters and buffers of a network, by their names.
struct SharedValues {
  let parameters: [String: Parameter]
  let buffers: [String: NetworkBuffer]

  init(_ parameters: [Parameter], _ buffers: [NetworkBuffer]) {
    self.parameters = Dictionary(uniqueKeysWithValues: parameters.map { ($0.name, $0) })
    self.buffers = Dictionary(uniqueKeysWithValues: buffers.map { ($0.name, $0) })
  }
}
