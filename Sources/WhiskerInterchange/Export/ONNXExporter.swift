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
struct ONNXExporter {
  /// The version of the operators, of 2021, which current runtimes support.
  static let operatorSet: Int64 = 17
  /// The version of the format that came with those operators.
  static let formatVersion: Int64 = 8

  static let inputName = "images"
  static let outputName = "probabilities"

  private let model: Model
  private var nodes = ONNXNodes()

  /// - Throws: `FileError` when the model is damaged.
  init(_ model: Model) throws {
    self.model = model
    let passes = ExportedPass.all(of: try model.graphs(), model.testTimeAugmentation)
    let images = addNormalization()
    let mirrored = model.testTimeAugmentation == .flip ? addMirror(of: images) : images
    guard passes.count > 1 else {
      let logits = nodes.add(passes[0], after: images)
      let scaled = model.exportedTemperature.map { addDivision(of: logits, by: $0) } ?? logits
      _ = addSoftmax("\(passes[0].prefix)softmax", of: scaled, output: Self.outputName)
      return
    }
    let outputs = passes.map { pass in
      addSoftmax("\(pass.prefix)softmax", of: nodes.add(pass, after: pass.isMirrored ? mirrored : images))
    }
    guard let temperature = model.exportedTemperature else {
      _ = nodes.add("mean", "Mean", outputs, output: Self.outputName)
      return
    }
    let logits = nodes.add("log", "Log", [nodes.add("mean", "Mean", outputs)])
    _ = addSoftmax(
      "calibrated.softmax", of: addDivision(of: logits, by: temperature), output: Self.outputName)
  }

  private mutating func addSoftmax(_ name: String, of logits: String, output: String? = nil) -> String {
    nodes.add(name, "Softmax", [logits], [.integer("axis", -1)], output: output)
  }

  private mutating func addDivision(of logits: String, by temperature: Double) -> String {
    nodes.add(
      "temperature.scaled", "Div", [logits, nodes.constant("temperature.divisor", [Float(temperature)])])
  }

  /// Adds the pictures with their columns reversed. `Gather` is known to more runtimes than a slice with a negative step.
  /// - Returns: Their name.
  private mutating func addMirror(of images: String) -> String {
    let columns = nodes.constant("mirror.columns", (0..<Int64(model.preprocessing.width)).reversed())
    return nodes.add("mirror", "Gather", [images, columns], [.integer("axis", 3)])
  }

  /// The file.
  func bytes() throws -> [UInt8] {
    let metadata = try ModelText.metadata(of: model)
    return try ONNXModel.with {
      $0.irVersion = Self.formatVersion
      $0.producerName = "whisker"
      $0.producerVersion = Version.current
      $0.docString = ModelText.summary(of: model)
      $0.graph = .with {
        ($0.name, $0.input, $0.output) = ("whisker", [input], [output])
        ($0.node, $0.initializer) = (nodes.nodes, nodes.constants)
      }
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
      "The probability of every class [N, classes], in the order of the metadata's class_names."
        + (model.testTimeAugmentation == .flip ? " The mean of a picture's and its mirror image's." : ""))
  }

  /// - Returns: The name of the normalised pictures.
  private mutating func addNormalization() -> String {
    let normalization = Preprocessing.Normalization.standard
    let divisor = nodes.constant("normalization.divisor", [Float(normalization.divisor)])
    let shift = nodes.constant("normalization.shift", [Float(-normalization.shift)])
    let scaled = nodes.add("normalization.scaled", "Div", [Self.inputName, divisor])
    return nodes.add("normalization.shifted", "Sub", [scaled, shift])
  }
}
