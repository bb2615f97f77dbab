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
    /// The name of the weights.
    public let weights: String
    /// The name of the biases.
    public let biases: String
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
    let shapes = try target.network.shapes(input: input, classCount: target.classNames.count)
    let layers = LearningLayer.all(of: target.network, input: input, shapes: shapes)
    let match = try Self.match(layers, WeightsEntry.all(in: file, path: path), target, path: path)
    (self.path, self.target, layout) = (path, target, match.layout)
    sources = zip(layers, match.entries).map { layer, entry in
      Source(layer: layer.specification, weights: entry.weights, biases: entry.biases, shape: entry.shape)
    }
    let memory = try NetworkMemory(
      target.network, input: input, classCount: target.classNames.count, capacity: 1, threads: 1,
      isTrained: false)
    if let problem = memory.problem { throw FileError(path, "cannot be imported here: \(problem)") }
    network = try Network(
      target.network, input: input, classCount: target.classNames.count, capacity: 1,
      pool: ComputePool(threads: 1))
    let parameters = Dictionary(uniqueKeysWithValues: network.parameters.map { ($0.name, $0.value) })
    for (layer, entry) in zip(layers, match.entries) {
      let weights = layer.arranged(
        try Self.tensor(entry.weights, entry.shape, in: file, path: path), from: layout)
      let biases = try Self.tensor(entry.biases, entry.biasShape, in: file, path: path)
      if layer.index == layers.first?.index { try fold(into: weights, biases, before: layer.index) }
      parameters["\(layer.index).weight"]?.assign(weights)
      parameters["\(layer.index).bias"]?.assign(biases)
    }
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
    _ name: String, _ shape: [Int], in file: SafetensorsReader, path: String
  ) throws -> Tensor {
    let tensor = Tensor(shape: shape)
    try file.copy(name, into: tensor)
    guard (0..<tensor.count).allSatisfy({ tensor[$0].isFinite }) else {
      throw FileError(path, "is damaged: \(name) contains NaN or infinity")
    }
    return tensor
  }

  private func fold(into weights: Tensor, _ biases: Tensor, before first: Int) throws {
    guard target.range != .own else { return }
    if let layer = target.network.layers[..<first].first(where: { !InputRange.commutes(with: $0) }) {
      throw FileError(
        path,
        "cannot be imported with \(Setting.inputRange): a \(layer) layer precedes the first layer with weights"
      )
    }
    target.range.fold(into: weights, biases)
  }
}
