import SwiftProtobuf
import WhiskerData
import WhiskerNN
import WhiskerCore
import WhiskerTraining

extension ExportFormat {
  /// ONNX, https://onnx.ai.
  public static let onnx = ExportFormat(
    name: "onnx", title: "ONNX", pathExtension: ".onnx",
    help: """
      ONNX (.onnx) runs in ONNX Runtime, OpenCV, TensorRT and others. Input:
      "images", float32 [N, channels, height, width], values from 0 to 255.
      Output: "probabilities", float32 [N, classes]. N is any batch size.
      """,
    input: { model in
      let size = model.preprocessing
      return "images, float32 [N, \(size.channels), \(size.height), \(size.width)], values from 0 to 255"
    },
    encoded: { try ONNXExporter($0).bytes() })
}

/// A model as ONNX: float pixels from 0 to 255 `[N, channels, height, width]` in, probabilities `[N, classes]` out.
///
/// The operators and their attributes: https://onnx.ai/onnx/operators/
struct ONNXExporter {
  /// The version of the operators, of 2021, which current runtimes support.
  static let operatorSet: Int64 = 17
  /// The version of the format that came with those operators.
  static let formatVersion: Int64 = 8

  static let inputName = "images"
  static let outputName = "probabilities"

  private let model: Model
  private var graph = ONNXGraph()
  /// The name of the value that is the next node's input.
  private var current = inputName
  /// The prefix of the names of a member's nodes and weights; empty for a single network.
  private var prefix = ""

  /// - Throws: `FileError` when the model is damaged.
  init(_ model: Model) throws {
    self.model = model
    let members = try ModelLayer.members(of: model)
    graph.name = "whisker"
    graph.input = [input]
    graph.output = [output]
    addNormalization()
    if members.count > 1 { addAverage(of: members) } else { addOnly(members[0]) }
  }

  private mutating func addOnly(_ layers: [ModelLayer]) {
    for layer in layers { add(layer) }
    addNode("softmax", "Softmax", attributes: [.integer("axis", -1)], output: Self.outputName)
  }

  /// Adds every member after the normalisation, and the mean of their probabilities.
  private mutating func addAverage(of members: [[ModelLayer]]) {
    let images = current
    var outputs: [String] = []
    for (index, layers) in members.enumerated() {
      (prefix, current) = ("members.\(index).", images)
      for layer in layers { add(layer) }
      addNode("softmax", "Softmax", attributes: [.integer("axis", -1)])
      outputs.append(current)
    }
    graph.node.append(
      .with { ($0.name, $0.opType, $0.input, $0.output) = ("mean", "Mean", outputs, [Self.outputName]) })
  }

  /// The file.
  func bytes() throws -> [UInt8] {
    let metadata = try ModelText.metadata(of: model)
    return try ONNXModel.with {
      $0.irVersion = Self.formatVersion
      $0.producerName = "whisker"
      $0.producerVersion = Version.current
      $0.docString = ModelText.summary(of: model)
      $0.graph = graph
      $0.opsetImport = [.with { $0.version = Self.operatorSet }]
      $0.metadataProps = metadata.map { entry in .with { ($0.key, $0.value) = entry } }
    }.serializedBytes()
  }

  private var input: ONNXValueInfo {
    let extents = model.inputShape.extents.map { extent in
      ONNXDimension.with { $0.dimValue = Int64(extent) }
    }
    return .float(
      Self.inputName, [.batch] + extents,
      "Pictures [N, channels, height, width], \(ModelText.pixels(of: model)), values from 0 to 255. The graph itself "
        + "turns a value v into v / 255 - 1/2.")
  }

  private var output: ONNXValueInfo {
    .float(
      Self.outputName, [.batch, .with { $0.dimValue = Int64(model.classNames.count) }],
      "The probability of every class [N, classes], in the order of the metadata's class_names.")
  }

  private mutating func addNormalization() {
    let normalization = Preprocessing.Normalization.standard
    graph.initializer += [
      .float("normalization.divisor", shape: [], [Float(normalization.divisor)]),
      .float("normalization.shift", shape: [], [Float(-normalization.shift)]),
    ]
    addNode("normalization.scaled", "Div", constants: ["normalization.divisor"])
    addNode("normalization.shifted", "Sub", constants: ["normalization.shift"])
  }

  private mutating func add(_ layer: ModelLayer) {
    switch layer.specification {
    case .convolution(_, let kernel):
      addNode(
        "\(layer.index).convolution", "Conv", constants: addWeights(of: layer),
        attributes: [.integers("kernel_shape", [kernel, kernel]), .integers("strides", [1, 1])])
    case .maxPool(let size):
      addNode(
        "\(layer.index).max_pool", "MaxPool",
        attributes: [.integers("kernel_shape", [size, size]), .integers("strides", [size, size])])
    case .relu: addNode("\(layer.index).relu", "Relu")
    case .flatten: addNode("\(layer.index).flatten", "Flatten", attributes: [.integer("axis", 1)])
    case .dense, .dropConnect:
      addNode(
        "\(layer.index).dense", "Gemm", constants: addWeights(of: layer),
        attributes: [.integer("transB", 1)])
    // Dropout is the identity at inference.
    case .dropout, .spatialDropout, .gaussianDropout: break
    }
  }

  /// Adds the parameters of a layer under PyTorch's names. Returns the names.
  private mutating func addWeights(of layer: ModelLayer) -> [String] {
    let parameters = layer.requiredParameters
    let names = ["weight", "bias"].map { "\(prefix)\(layer.index).\($0)" }
    for (name, tensor) in zip(names, [parameters.weights, parameters.biases]) {
      graph.initializer.append(.float(name, shape: tensor.shape, tensor.values))
    }
    return names
  }

  /// Adds a node after the last one.
  private mutating func addNode(
    _ name: String, _ type: String, constants: [String] = [], attributes: [ONNXAttribute] = [],
    output: String? = nil
  ) {
    let name = prefix + name
    let output = output ?? name
    graph.node.append(
      .with {
        $0.name = name
        $0.opType = type
        $0.input = [current] + constants
        $0.output = [output]
        $0.attribute = attributes
      })
    current = output
  }
}
