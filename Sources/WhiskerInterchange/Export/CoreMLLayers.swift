import WhiskerNN
import WhiskerCore

/// The layers of a Core ML network.
///
/// The layers and their parameters: https://apple.github.io/coremltools/mlmodel/Format/NeuralNetwork.html
struct CoreMLLayers {
  private(set) var layers: [CoreMLLayer] = []

  /// Adds a layer.
  /// - Returns: The name of its output, by default that of the layer.
  mutating func add(
    _ name: String, _ kind: CoreMLLayer.OneOf_Kind, _ inputs: [String], output: String? = nil
  ) -> String {
    let output = output ?? name
    layers.append(
      .with {
        $0.name = name
        $0.input = inputs
        $0.output = [output]
        $0.kind = kind
      })
    return output
  }

  /// Adds the operations of a network. The format cannot share weights: a mirrored pass has its own copy.
  /// - Parameter input: The name of the network's input.
  /// - Returns: The name of the logits.
  mutating func add(_ pass: ExportedPass, after input: String) -> String {
    var names = [input]
    for node in pass.graph.nodes { names.append(add(node, pass, node.inputs.map { names[$0] })) }
    return names[pass.graph.output]
  }

  /// Adds the image with its columns reversed. An image has five axes: sequence, batch, channel, row, column.
  /// - Returns: Its name.
  mutating func addMirror(of image: String) -> String {
    add("mirror", .reverse(.with { $0.reverseDim = [false, false, false, false, true] }), [image])
  }

  mutating func addSoftmax(_ name: String, of logits: String, output: String? = nil) -> String {
    add(name, .softmax(.init()), [logits], output: output)
  }

  mutating func addDivision(of logits: String, by temperature: Double) -> String {
    add("temperature.scaled", .multiply(.with { $0.alpha = Float(1 / temperature) }), [logits])
  }

  mutating func addLogarithm(of probabilities: String) -> String {
    add("log", .unary(.with { ($0.type, $0.scale) = (.log, 1) }), [probabilities])
  }

  private mutating func add(_ node: InferenceGraph.Node, _ pass: ExportedPass, _ inputs: [String]) -> String {
    let name = pass.prefix + node.name
    switch node.operation {
    case .convolution(let weight, let bias, let window, let groups):
      return add(name, .convolution(.init(weight, bias, window, groups: groups)), inputs)
    case .dense(let weight, let bias): return add(name, .innerProduct(.init(weight, bias)), inputs)
    case .batchNorm(let weight, let bias, let mean, let variance, let epsilon):
      let norm = CoreMLBatchNorm.with {
        ($0.channels, $0.epsilon) = (UInt64(weight.count), Float(epsilon))
        ($0.gamma.floatValue, $0.beta.floatValue) = (weight.values, bias.values)
        ($0.mean.floatValue, $0.variance.floatValue) = (mean.values, variance.values)
      }
      return add(name, .batchNorm(norm), inputs)
    case .activation(let function): return add(function, name, inputs)
    case .maximumPool(let window): return addMaximum(window, name, inputs)
    case .averagePool(let window): return add(name, .pooling(.init(.average, window)), inputs)
    case .globalAveragePool: return addGlobal(.average, name, inputs)
    case .globalMaximumPool: return addGlobal(.max, name, inputs)
    case .flatten: return addFlatten(name, inputs)
    case .add: return add(name, .add(.init()), inputs)
    }
  }

  private mutating func add(_ function: InferenceGraph.Function, _ name: String, _ inputs: [String]) -> String
  {
    switch function {
    case .relu: return addActivation(name, .relu(.init()), inputs)
    case .relu6: return add(name, .clip(.with { ($0.minimum, $0.maximum) = (0, 6) }), inputs)
    case .leakyReLU(let slope):
      return addActivation(name, .leakyRelu(.with { $0.alpha = Float(slope) }), inputs)
    case .silu:
      let sigmoid = addActivation("\(name).sigmoid", .sigmoid(.init()), inputs)
      return add(name, .multiply(.init()), inputs + [sigmoid])
    case .hardSwish:
      // min(max(x + 3, 0), 6) / 6 = min(max(x / 6 + 1 / 2, 0), 1)
      let sigmoid = addActivation(
        "\(name).sigmoid", .hardSigmoid(.with { ($0.alpha, $0.beta) = (1 / 6, 0.5) }), inputs)
      return add(name, .multiply(.init()), inputs + [sigmoid])
    }
  }

  private mutating func addActivation(
    _ name: String, _ kind: CoreMLActivation.OneOf_Kind, _ inputs: [String]
  ) -> String {
    add(name, .activation(.with { $0.kind = kind }), inputs)
  }

  private mutating func addFlatten(_ name: String, _ inputs: [String]) -> String {
    add(name, .flatten(.with { $0.mode = .channelFirst }), inputs)
  }

  /// Adds a maximum pool. The format does not define the value of a pool's padding, so a layer of its own pads with the
  /// smallest value.
  private mutating func addMaximum(
    _ window: InferenceGraph.Window, _ name: String, _ inputs: [String]
  ) -> String {
    guard window.padding.contains(where: { $0 > 0 }) else {
      return add(name, .pooling(.init(.max, window)), inputs)
    }
    let padding = CoreMLPadding.with {
      $0.constant.value = -Float.greatestFiniteMagnitude
      $0.paddingAmounts = .init(window.padding)
    }
    let padded = add("\(name).padding", .padding(padding), inputs)
    var window = window
    window.padding = [0, 0, 0, 0]
    return add(name, .pooling(.init(.max, window)), [padded])
  }

  /// Adds a pool over the whole map, whose result is a vector.
  private mutating func addGlobal(_ kind: CoreMLPooling.Kind, _ name: String, _ inputs: [String]) -> String {
    let pooling = CoreMLPooling.with {
      ($0.type, $0.isGlobal) = (kind, true)
      $0.valid = .init([0, 0, 0, 0])
    }
    return addFlatten(name, [add("\(name).map", .pooling(pooling), inputs)])
  }
}

extension CoreMLConvolution {
  fileprivate init(_ weight: Tensor, _ bias: Tensor?, _ window: InferenceGraph.Window, groups: Int) {
    let shape = weight.shape.map(UInt64.init)
    let stride = UInt64(window.stride)
    self = .with {
      ($0.outputChannels, $0.kernelChannels, $0.nGroups) = (shape[0], shape[1], UInt64(groups))
      ($0.kernelSize, $0.stride, $0.dilationFactor) = ([shape[2], shape[3]], [stride, stride], [1, 1])
      $0.valid = .init(window.padding)
      $0.weights.floatValue = weight.values
      guard let bias else { return }
      $0.hasBias_p = true
      $0.bias.floatValue = bias.values
    }
  }
}

extension CoreMLInnerProduct {
  fileprivate init(_ weight: Tensor, _ bias: Tensor?) {
    self = .with {
      $0.outputChannels = UInt64(weight.shape[0])
      $0.inputChannels = UInt64(weight.shape[1])
      $0.weights.floatValue = weight.values
      guard let bias else { return }
      $0.hasBias_p = true
      $0.bias.floatValue = bias.values
    }
  }
}

extension CoreMLPooling {
  /// An average is over the values that are not padding.
  fileprivate init(_ kind: Kind, _ window: InferenceGraph.Window) {
    let stride = UInt64(window.stride)
    self = .with {
      $0.type = kind
      ($0.kernelSize, $0.stride) = (window.size.map(UInt64.init), [stride, stride])
      $0.valid = .init(window.padding)
      $0.excludesPadding = kind == .average
    }
  }
}

extension CoreMLValidPadding {
  fileprivate init(_ padding: [Int]) {
    self = .with { $0.paddingAmounts = .init(padding) }
  }
}

extension CoreMLBorderAmounts {
  /// - Parameter padding: At the top, left, bottom and right.
  fileprivate init(_ padding: [Int]) {
    self = .with {
      $0.borderAmounts = [0, 1].map { axis in
        .with {
          ($0.startEdgeSize, $0.endEdgeSize) = (UInt64(padding[axis]), UInt64(padding[axis + 2]))
        }
      }
    }
  }
}
