import WhiskerCore
import WhiskerData
import WhiskerNN
import WhiskerTraining

/// A file of named tensors.
protocol TensorFile {
  /// The names of the tensors.
  var names: [String] { get }
  /// Whether the names are in the order of the layers. Otherwise only the names can give it.
  var isOrdered: Bool { get }
  /// The shape of a tensor; nil if there is no tensor of that name.
  func shape(of name: String) -> [Int]?
  /// The values of a tensor.
  /// - Throws: `FileError` when there is no tensor of that name, or it cannot be read.
  func tensor(_ name: String) throws -> Tensor
}

extension SafetensorsReader: TensorFile {
  var isOrdered: Bool { false }

  func tensor(_ name: String) throws -> Tensor {
    let tensor = Tensor(shape: shape(of: name) ?? [])
    try copy(name, into: tensor)
    return tensor
  }
}

/// A model file of Whisker's, without the state that only a resumed training needs.
private struct ModelFile: TensorFile {
  let reader: SafetensorsReader

  var names: [String] {
    reader.names.filter { name in !Model.statePrefixes.contains { name.hasPrefix($0) } }
  }
  var isOrdered: Bool { false }
  func shape(of name: String) -> [Int]? { reader.shape(of: name) }
  func tensor(_ name: String) throws -> Tensor { try reader.tensor(name) }
}

extension TorchFile: TensorFile {
  var isOrdered: Bool { true }
}

extension ONNXNetwork: TensorFile {
  var names: [String] { tensors.map(\.name) }
  var isOrdered: Bool { true }
  func shape(of name: String) -> [Int]? { tensors.first { $0.name == name }?.tensor.shape }
  func tensor(_ name: String) throws -> Tensor {
    guard let tensor = tensors.first(where: { $0.name == name }) else {
      preconditionFailure("the tensors are those of its names")
    }
    return tensor.tensor
  }
}

/// The files that weights can be read from.
enum TensorFiles {
  /// Opens an ONNX model, a file that PyTorch wrote, or a safetensors file.
  /// - Parameter target: Receives the layers of an ONNX model.
  /// - Throws: `FileError` when it is none of these, or damaged.
  static func open(_ path: String, _ target: inout WeightsImport.Target) throws -> any TensorFile {
    let contents = try FileContents(mapping: path)
    guard ONNXFile.recognizes(contents) else {
      if let rescale = target.rescale {
        guard !(target.network.layers.first?.kind is RescaleKind) else {
          throw FileError(path, "cannot be imported with \(Setting.inputRange): " + InputRange.isFixed)
        }
        target.network.layers.insert(LayerSpecification(rescale), at: 0)
      }
      guard !TorchFile.recognizes(contents) else { return try TorchFile(contents, path: path) }
      try checkEnding(of: path, contents)
      let reader = try SafetensorsReader(path)
      return Model.isModel(path) ? ModelFile(reader: reader) : reader
    }
    let file = try ONNXFile(contents, path: path)
    let range = file.isOwn ? InputRange.bytes : target.range
    let network = try ONNXNetwork(
      file, input: target.preprocessing.inputShape,
      rescale: target.rescale ?? (range == .own ? nil : range.rescale))
    (target.network.layers, target.range) = (network.layers, .own)
    return network
  }

  /// The formats that the endings of files stand for.
  private static let formats: [(ending: String, name: String)] = [
    (".pth", "a PyTorch checkpoint"), (".pt", "a PyTorch checkpoint"),
    (".onnx", "an ONNX model"),
  ]

  /// Checks the ending of a file that is in none of these formats.
  /// - Throws: `FileError` when it stands for one of them, and the file does not start like a safetensors file.
  private static func checkEnding(of path: String, _ contents: FileContents) throws {
    let head = contents.withBytes { Array($0.prefix(FileSignature.headSize)) }
    guard let format = formats.first(where: { path.lowercased().hasSuffix($0.ending) }),
      !(head.count > 8 && head[8] == UInt8(ascii: "{"))
    else { return }
    throw FileError(
      path, "is \(FileSignature.describe(head)), not \(format.name)",
      advice: FileSignature.of(head)?.advice ?? "Save, copy or download it again")
  }
}

/// The pictures that an ONNX model is made for.
public struct GraphInput: Sendable {
  public let colorMode: Preprocessing.ColorMode
  /// Their size in pixels; nil if the model accepts any.
  public let size: Preprocessing.Size?

  /// - Returns: Nil for a file that is not an ONNX model.
  /// - Throws: `FileError` when the file is damaged, or its input is not a picture.
  public init?(_ path: String) throws {
    let contents = try FileContents(mapping: path)
    guard ONNXFile.recognizes(contents) else { return nil }
    let file = try ONNXFile(contents, path: path)
    var extents = file.input.extents
    if file.hasChannelsLast { extents = [extents[0], extents[3], extents[1], extents[2]] }
    guard extents.count == 4, [1, 3].contains(extents[1]) else {
      throw FileError(
        path,
        "cannot be imported: its input \(extents) is not [N, channels, height, width] with 1 or 3 channels")
    }
    colorMode = extents[1] == 1 ? .grayscale : .rgb
    let sides = extents[2...]
    size =
      sides.allSatisfy((1...Preprocessing.sizeLimit).contains)
      ? Preprocessing.Size(height: extents[2], width: extents[3]) : nil
  }
}
