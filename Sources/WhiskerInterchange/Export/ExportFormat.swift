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

  /// The model in this format; the same bytes for the same model.
  /// - Throws: `FileError` when the model is damaged.
  package func bytes(of model: Model) throws -> [UInt8] {
    switch self {
    case .onnx: try ONNXExporter(model).bytes()
    case .coreML: try CoreMLExporter(model).bytes()
    }
  }
}
