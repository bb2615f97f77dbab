import WhiskerCore
import WhiskerTraining

/// A file format for other programs. A format describes itself; `all` lists them.
public struct ExportFormat: Sendable {
  /// The name on the command line: "onnx".
  public let name: String
  /// The name in texts: "ONNX".
  public let title: String
  /// The ending of its files: ".onnx".
  public let pathExtension: String
  /// Where it runs, and its inputs and outputs: a paragraph for the help.
  public let help: String

  /// The largest size of all parameters, in bytes. The default is that of protocol buffers, 2 GB, less some for names.
  var sizeLimit = 2_000_000_000
  /// Whether the picture and its mirror image use the same weights in the file.
  private var sharesWeights = true
  /// The input of a model as a line: "images, float32 [N, 1, 28, 28], values from 0 to 255".
  let input: @Sendable (Model) -> String
  let encoded: @Sendable (Model) throws -> [UInt8]

  /// Every format.
  public static let all: [ExportFormat] = [.onnx, .coreML]

  /// The format of that name, in lower or upper case; nil where there is none.
  public init?(name: String) {
    guard let format = Self.all.first(where: { $0.name == name.lowercased() }) else { return nil }
    self = format
  }

  /// The format of a file by the ending of its name; nil where no format has it.
  public init?(path: String) {
    guard let format = Self.all.first(where: { path.lowercased().hasSuffix($0.pathExtension) }) else {
      return nil
    }
    self = format
  }

  init(
    name: String, title: String, pathExtension: String, help: String,
    input: @escaping @Sendable (Model) -> String, encoded: @escaping @Sendable (Model) throws -> [UInt8]
  ) {
    (self.name, self.title, self.pathExtension, self.help) = (name, title, pathExtension, help)
    (self.input, self.encoded) = (input, encoded)
  }

  /// The same format, whose files have the weights once more for the mirror image.
  var repeatingWeights: ExportFormat {
    var format = self
    format.sharesWeights = false
    return format
  }

  /// The input of an exported model, for people: name, type, shape, range.
  public func input(of model: Model) -> String { input(model) }

  /// The model in this format; the same bytes for the same model.
  /// - Throws: `FileError` when the model is damaged, or too large for the format.
  package func bytes(of model: Model) throws -> [UInt8] {
    let count = model.parameterCount * (sharesWeights || model.testTimeAugmentation == nil ? 1 : 2)
    guard MemoryLayout<Float>.stride * count <= sizeLimit else {
      throw FileError(
        model.path,
        "has \(grouped(count)) parameters, more than the \(grouped(sizeLimit)) bytes of \(title)",
        advice: "Export the members of the ensemble one by one")
    }
    return try encoded(model)
  }
}

extension Model {
  /// The number of values of all members.
  fileprivate var parameterCount: Int {
    // A network that does not fit its input is reported when it is built.
    let layers = (try? specification.placedLayers(input: inputShape, classCount: classNames.count)) ?? []
    return layers.flatMap(\.tensors).reduce(0) { $0 + $1.count } * (memberCount ?? 1)
  }
}
