import WhiskerData
import WhiskerNN
import WhiskerCore
import WhiskerTraining

/// A model from weights that were trained elsewhere.
public struct WeightsImport {
  /// The tensors of a layer.
  public struct Source: Sendable {
    /// The layer.
    public let layer: LayerSpecification
    /// The name of the weights, or of the factors of a batch norm.
    public let weights: String
    /// The weights' shape in the file.
    public let shape: [Int]
  }

  /// The model to create, and what is known about the weights.
  public struct Target: Sendable {
    /// The layers.
    public var network: NetworkSpecification
    /// The preprocessing of pictures.
    public var preprocessing: Preprocessing
    /// The classes, in the order of the outputs.
    public var classNames: [String]
    /// The layout of the weights; nil to detect it.
    public var layout: WeightsLayout?
    /// The range of pixel values in training.
    public var range = InputRange.own

    /// A network with its preprocessing and classes.
    public init(_ network: NetworkSpecification, preprocessing: Preprocessing, classNames: [String]) {
      (self.network, self.preprocessing, self.classNames) = (network, preprocessing, classNames)
    }
  }

  /// The layout of the weights.
  public let layout: WeightsLayout
  /// The sources of the layers with weights, in order.
  public let sources: [Source]
  /// The network, with the weights.
  public let network: Network

  private let path: String
  private let target: Target

  /// Reads a safetensors file of float weights.
  /// - Throws: `FileError` that names a missing, unused or misshapen tensor; `NetworkError` when the network does not fit the
  ///   input.
  public init(_ path: String, into target: Target) throws {
    let file = try SafetensorsReader(path)
    guard !file.names.contains(where: { $0.hasPrefix("members.") }) else {
      throw FileError(
        path, "is an ensemble, not a single network", advice: "Import one of its members")
    }
    let input = target.preprocessing.inputShape
    let placed = try target.network.placedLayers(input: input, classCount: target.classNames.count)
    let layers = LearningLayer.all(of: placed)
    let match = try Self.match(layers, WeightsEntry.all(in: file, path: path), target, path: path)
    guard match.layout == .pytorch || !LearningLayer.mixesOrder(placed) else {
      throw FileError(
        path, "cannot be imported in Keras's layout: a residual block takes the values of a flatten layer",
        advice: "Put a dense layer between them")
    }
    (self.path, self.target, layout) = (path, target, match.layout)
    sources = zip(layers, match.entries).map { layer, entry in
      Source(layer: layer.specification, weights: entry.weights.name, shape: entry.weights.shape)
    }
    let memory = try NetworkMemory(
      target.network, input: input, classCount: target.classNames.count, capacity: 1, threads: 1,
      isTrained: false)
    if let problem = memory.problem { throw FileError(path, "cannot be imported here: \(problem)") }
    network = try Network(
      target.network, input: input, classCount: target.classNames.count, capacity: 1,
      pool: ComputePool(threads: 1))
    for (layer, entry) in zip(layers, match.entries) {
      for tensor in layer.tensors {
        guard let source = entry.tensors[tensor.name] else { continue }
        let values = layer.arranged(
          try Self.tensor(source, in: file, path: path), as: tensor, from: layout)
        network.assign([tensor.name: values], path: layer.path)
      }
    }
    if let buffer = network.buffers.first(where: { !$0.isValid }) {
      throw FileError(path, "is damaged: the values for \(buffer.name) are negative variances")
    }
    try fold()
  }

  /// Writes the model file, atomically, or through a device or a FIFO.
  /// - Throws: `FileError`; an existing file is then untouched.
  public func write(to output: String) throws {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    try Model.write(
      network, classNames: target.classNames, preprocessing: target.preprocessing,
      summary: .init(importedFrom: name), to: output
    ) { $0.writesStreams = true }
  }

  private static func match(
    _ layers: [LearningLayer], _ entries: [WeightsEntry], _ target: Target, path: String
  ) throws -> WeightsMatch {
    do {
      return try WeightsMatch.find(layers, entries, layout: target.layout)
    } catch {
      throw FileError(
        path, error.problem,
        advice:
          "The network depends on \(Setting.network), \(Setting.imageSize), \(Setting.colorMode) and \(Setting.classNames)"
      )
    }
  }

  private static func tensor(
    _ source: WeightsEntry.Source, in file: SafetensorsReader, path: String
  ) throws -> Tensor {
    let tensor = Tensor(shape: source.shape)
    try file.copy(source.name, into: tensor)
    guard (0..<tensor.count).allSatisfy({ tensor[$0].isFinite }) else {
      throw FileError(path, "is damaged: \(source.name) contains NaN or infinity")
    }
    return tensor
  }

  private func fold() throws {
    guard target.range != .own else { return }
    do {
      try target.range.fold(into: network)
    } catch {
      throw FileError(path, "cannot be imported with \(Setting.inputRange): " + error.problem)
    }
  }
}
