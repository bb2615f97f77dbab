import WhiskerTensor
import WhiskerTraining

/// A file format that other programs run models from.
public enum ExportFormat: String, Sendable, CaseIterable {
  /// ONNX, https://onnx.ai: ONNX Runtime, OpenCV, TensorRT and others.
  case onnx
  /// Core ML's neural network classifier, for Apple's platforms.
  case coreML = "coreml"

  /// The ending of the files' names.
  public var pathExtension: String {
    switch self {
    case .onnx: ".onnx"
    case .coreML: ".mlmodel"
    }
  }

  /// The format of a file as its name tells it; nil when the ending is of neither.
  public init?(path: String) {
    guard let format = Self.allCases.first(where: { path.lowercased().hasSuffix($0.pathExtension) }) else {
      return nil
    }
    self = format
  }

  /// Both formats are protocol buffers, whose readers take less than 2 GB; some of it is left for names.
  private static let weightLimit = 2_000_000_000

  /// The model in this format; the same bytes for the same model.
  /// - Throws: `FileError` when the model is damaged, or too large for the format.
  package func bytes(of model: Model) throws -> [UInt8] {
    guard MemoryLayout<Float>.stride * model.parameterCount <= Self.weightLimit else {
      throw FileError(
        model.path, "has \(grouped(model.parameterCount)) parameters, and an exported file has room for 2 GB",
        advice: "Export single members of the ensemble")
    }
    switch self {
    case .onnx: return try ONNXExporter(model).bytes()
    case .coreML: return try CoreMLExporter(model).bytes()
    }
  }
}

extension Model {
  /// The weights and biases of all members.
  fileprivate var parameterCount: Int {
    let layers = specification.layers
    // A network that does not fit is told of where it is built.
    let behind = (try? specification.shapes(input: inputShape, classCount: classNames.count)) ?? []
    let counts = zip(layers, zip([inputShape] + behind, behind)).map { layer, shapes in
      layer.parameterCount(input: shapes.0, output: shapes.1)
    }
    return counts.reduce(0, +) * (memberCount ?? 1)
  }
}
