import WhiskerNN
import WhiskerCore

/// The nodes of an ONNX graph and their constants.
///
/// The operators and their attributes: https://onnx.ai/onnx/operators/
struct ONNXNodes {
  private(set) var nodes: [ONNXNode] = []
  private(set) var constants: [ONNXTensor] = []
  /// The names of the constants that are weights.
  private var weights: Set<String> = []

  /// Adds a node.
  /// - Returns: The name of its output, by default that of the node.
  mutating func add(
    _ name: String, _ type: String, _ inputs: [String], _ attributes: [ONNXAttribute] = [],
    output: String? = nil
  ) -> String {
    let output = output ?? name
    nodes.append(
      .with {
        $0.name = name
        $0.opType = type
        $0.input = inputs
        $0.output = [output]
        $0.attribute = attributes
      })
    return output
  }

  /// Adds a constant.
  /// - Returns: Its name.
  mutating func constant(_ name: String, shape: [Int] = [], _ values: [Float]) -> String {
    constants.append(.float(name, shape: shape, values))
    return name
  }

  /// Adds a constant list of integers.
  /// - Returns: Its name.
  mutating func constant(_ name: String, _ values: [Int64]) -> String {
    constants.append(.integers(name, values))
    return name
  }

  /// Adds the operations of a network. The weights of a mirrored pass are those of the pass before it.
  /// - Parameter input: The name of the network's input.
  /// - Returns: The name of the logits.
  mutating func add(_ pass: ExportedPass, after input: String) -> String {
    var names = [input]
    for node in pass.graph.nodes { names.append(add(node, pass, node.inputs.map { names[$0] })) }
    return names[pass.graph.output]
  }

  private mutating func add(_ node: InferenceGraph.Node, _ pass: ExportedPass, _ inputs: [String]) -> String {
    let name = pass.prefix + node.name
    let path = pass.weightsPrefix + node.path
    switch node.operation {
    case .convolution(let weight, let bias, let window, let groups):
      let attributes = window.attributes + (groups == 1 ? [] : [.integer("group", groups)])
      return add(
        name, "Conv", inputs + tensors(path, [("weight", weight), ("bias", bias)]), attributes)
    case .dense(let weight, let bias):
      return add(
        name, "Gemm", inputs + tensors(path, [("weight", weight), ("bias", bias)]), [.integer("transB", 1)])
    case .batchNorm(let weight, let bias, let mean, let variance, let epsilon):
      let constants = tensors(
        path, [("weight", weight), ("bias", bias), ("running_mean", mean), ("running_var", variance)])
      return add(name, "BatchNormalization", inputs + constants, [.float("epsilon", epsilon)])
    case .activation(let function): return add(function, name, inputs)
    case .maximumPool(let window): return add(name, "MaxPool", inputs, window.attributes)
    // The default of count_include_pad is 0: padding is not counted.
    case .averagePool(let window): return add(name, "AveragePool", inputs, window.attributes)
    case .globalAveragePool: return addGlobal("GlobalAveragePool", name, inputs)
    case .globalMaximumPool: return addGlobal("GlobalMaxPool", name, inputs)
    case .flatten: return add(name, "Flatten", inputs, [.integer("axis", 1)])
    case .add: return add(name, "Add", inputs)
    }
  }

  private mutating func add(_ function: InferenceGraph.Function, _ name: String, _ inputs: [String]) -> String
  {
    switch function {
    case .relu: return add(name, "Relu", inputs)
    case .relu6:
      let limits = [constant("\(name).minimum", [0]), constant("\(name).maximum", [6])]
      return add(name, "Clip", inputs + limits)
    case .leakyReLU(let slope): return add(name, "LeakyRelu", inputs, [.float("alpha", slope)])
    case .silu:
      let sigmoid = add("\(name).sigmoid", "Sigmoid", inputs)
      return add(name, "Mul", inputs + [sigmoid])
    case .hardSwish: return add(name, "HardSwish", inputs)
    }
  }

  /// Adds a pool over the whole map, whose result is a vector.
  private mutating func addGlobal(_ type: String, _ name: String, _ inputs: [String]) -> String {
    let map = add("\(name).map", type, inputs)
    return add(name, "Flatten", [map], [.integer("axis", 1)])
  }

  /// Adds the tensors of a layer under PyTorch's names.
  private mutating func tensors(_ path: String, _ tensors: [(name: String, tensor: Tensor?)]) -> [String] {
    tensors.compactMap { name, tensor in
      guard let tensor else { return nil }
      let name = "\(path).\(name)"
      return weights.insert(name).inserted ? constant(name, shape: tensor.shape, tensor.values) : name
    }
  }
}

extension InferenceGraph.Window {
  fileprivate var attributes: [ONNXAttribute] {
    [.integers("kernel_shape", size), .integers("strides", [stride, stride])]
      + (padding.allSatisfy { $0 == 0 } ? [] : [.integers("pads", padding)])
  }
}
