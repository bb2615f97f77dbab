import WhiskerCore

/// The operations of a trained network in inference, in the order in which they run. Exporters read it.
package struct InferenceGraph {
  /// A value that flows between operations. Value 0 is the network's input.
  package typealias Value = Int

  /// What an operation computes.
  package enum Operation {
    /// Weights `[filters, channels / groups, height, width]`, biases `[filters]`.
    case convolution(weight: Tensor, bias: Tensor?, window: Window, groups: Int)
    /// Weights `[units, features]`, biases `[units]`.
    case dense(weight: Tensor, bias: Tensor?)
    /// Batch norm with running statistics; each tensor is `[channels]`.
    case batchNorm(weight: Tensor, bias: Tensor, mean: Tensor, variance: Tensor, epsilon: Double)
    case activation(Function)
    case maximumPool(Window)
    /// The mean over the values of the window that are not padding.
    case averagePool(Window)
    case globalAveragePool
    case globalMaximumPool
    /// A map as a vector, in the order channel, row, column.
    case flatten
    /// The sum of two values.
    case add
  }

  /// An activation function.
  package enum Function {
    case relu, relu6, silu, hardSwish
    case leakyReLU(slope: Double)
  }

  /// The windows of a convolution or a pool.
  package struct Window {
    /// Height and width.
    package var size: [Int]
    package var stride: Int
    /// The padding at the top, left, bottom and right.
    package var padding: [Int]
  }

  package struct Node {
    /// The path of the layer and its operation: "3.body.0.convolution".
    package let name: String
    /// The path of the layer: "3.body.0".
    package let path: String
    package let operation: Operation
    package let inputs: [Value]
    package let output: Value
    /// The shape of the input, without the batch.
    package let inputShape: FeatureShape
  }

  /// Where a layer stands, and its tensors.
  package struct Place {
    package let path: String
    package let input: FeatureShape
    package let output: FeatureShape
    let classCount: Int
    let tensors: [String: Tensor]

    /// A tensor that the layer has, by its name without the path: "weight".
    package func tensor(_ name: String) -> Tensor {
      guard let tensor = tensors["\(path).\(name)"] else {
        preconditionFailure("the layer must have \(name)")
      }
      return tensor
    }
  }

  package private(set) var nodes: [Node] = []
  /// The logits.
  package private(set) var output: Value = 0

  package init(
    _ layers: [LayerSpecification], input: FeatureShape, classCount: Int, tensors: [String: Tensor]
  ) {
    let place = Place(
      path: "", input: input, output: .vector(classCount), classCount: classCount, tensors: tensors)
    output = append(layers, in: place, 0)
  }

  /// Appends an operation of a layer.
  /// - Returns: Its output.
  package mutating func append(
    _ name: String, _ operation: Operation, _ inputs: [Value], _ place: Place
  ) -> Value {
    nodes.append(
      Node(
        name: "\(place.path).\(name)", path: place.path, operation: operation, inputs: inputs,
        output: nodes.count + 1, inputShape: place.input))
    return nodes.count
  }

  /// Appends a sequence of layers inside a layer, or that of the network.
  /// - Returns: Its output, which is `input` if the layers do nothing in inference.
  package mutating func append(
    _ layers: [LayerSpecification], _ branch: String = "", in place: Place, _ input: Value
  ) -> Value {
    let prefix = [place.path, branch].filter { !$0.isEmpty }.joined(separator: ".")
    var (value, shape) = (input, place.input)
    for (index, layer) in layers.enumerated() {
      guard let output = try? layer.output(of: shape, classCount: place.classCount) else {
        preconditionFailure("the shapes of a network are checked before it is built")
      }
      let inner = Place(
        path: prefix.isEmpty ? "\(index)" : "\(prefix).\(index)", input: shape, output: output,
        classCount: place.classCount, tensors: place.tensors)
      value = layer.kind.describe(inner, value, in: &self)
      shape = output
    }
    return value
  }
}
