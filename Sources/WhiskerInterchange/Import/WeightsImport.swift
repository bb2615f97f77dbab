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
    /// The layers. Those of an ONNX model take their place.
    public var network: NetworkSpecification
    /// The preprocessing of pictures.
    public var preprocessing: Preprocessing
    /// The classes, in the order of the outputs; nil for the numbers from 0, as many as the last layer has outputs.
    public var classNames: [String]?
    /// The layout of the weights; nil to detect it.
    public var layout: WeightsLayout?
    /// The range of pixel values in training.
    public var range = InputRange.own
    /// A layer that turns Whisker's input into that of the weights, before the others; nil for none.
    package var rescale: RescaleKind?
    /// Where the weights come from, and their licence, for the model's summary.
    public var source: String?
    public var license: String?
    /// The temperature of the probabilities; nil if none is known.
    package var temperature: TemperatureScaling?

    /// A network with its preprocessing and classes.
    public init(_ network: NetworkSpecification, preprocessing: Preprocessing, classNames: [String]?) {
      (self.network, self.preprocessing, self.classNames) = (network, preprocessing, classNames)
    }
  }

  /// The layout of the weights.
  public let layout: WeightsLayout
  /// The sources of the layers with weights, in order.
  public let sources: [Source]
  /// The network, with the weights.
  public let network: Network
  /// The classes, in the order of the outputs.
  public let classNames: [String]

  private let path: String
  private let target: Target

  /// Reads an ONNX model, the state dict of a PyTorch file, or a safetensors file of float weights.
  /// - Throws: `FileError` that names a missing, unused or misshapen tensor; `NetworkError` when the network does not fit the
  ///   input.
  public init(_ path: String, into target: Target) throws {
    var target = target
    let file = try TensorFiles.open(path, &target)
    guard !file.names.contains(where: { $0.hasPrefix("members.") }) else {
      throw FileError(
        path, "is an ensemble, not a single network", advice: "Import one of its members")
    }
    let input = target.preprocessing.inputShape
    var entries = try WeightsEntry.all(in: file, path: path)
    var isOrdered = file.isOrdered
    if !isOrdered, target.layout != .keras, let published = PublishedNames.sorted(entries) {
      (entries, isOrdered) = (published, true)
    }
    classNames = try target.classNames ?? Self.numbers(entries, target, isOrdered: isOrdered, path: path)
    let placed = try target.network.placedLayers(input: input, classCount: classNames.count)
    let layers = LearningLayer.all(of: placed)
    let match = try Self.match(layers, entries, target, isOrdered: isOrdered, path: path)
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
      target.network, input: input, classCount: classNames.count, capacity: 1, threads: 1,
      isTrained: false)
    if let problem = memory.problem { throw FileError(path, "cannot be imported here: \(problem)") }
    network = try Network(
      target.network, input: input, classCount: classNames.count, capacity: 1,
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
    var summary = Model.TrainingSummary(importedFrom: name)
    (summary.source, summary.license) = (
      target.source.map { printable($0) }, target.license.map { printable($0) }
    )
    let contents = Model.Contents(
      network: network, classNames: classNames, preprocessing: target.preprocessing,
      temperature: target.temperature)
    try Model.write(contents, summary, to: output) { $0.writesStreams = true }
  }

  /// The numbers from 0 as class names, as many as the last layer has outputs.
  private static func numbers(
    _ entries: [WeightsEntry], _ target: Target, isOrdered: Bool, path: String
  ) throws -> [String] {
    let count = try target.network.outputCount(input: target.preprocessing.inputShape) { features in
      let counts = entries.compactMap { entry -> Int? in
        let shape = entry.weights.shape
        guard shape.count == 2 else { return nil }
        let (outputs, inputs) =
          (target.layout ?? entry.hint) == .keras ? (shape[1], shape[0]) : (shape[0], shape[1])
        return inputs == features ? outputs : nil
      }
      return isOrdered || Set(counts).count == 1 ? counts.last : nil
    }
    guard let count, (1...Model.classLimit).contains(count) else {
      throw FileError(
        path, "does not show the number of classes by the shape of the last layer's weights",
        advice: "Pass \(Setting.classNames)")
    }
    return (0..<count).map(String.init)
  }

  private static func match(
    _ layers: [LearningLayer], _ entries: [WeightsEntry], _ target: Target, isOrdered: Bool, path: String
  ) throws -> WeightsMatch {
    do {
      return try WeightsMatch.find(layers, entries, layout: target.layout, isOrdered: isOrdered)
    } catch {
      throw FileError(
        path, error.problem,
        advice:
          "The network depends on \(Setting.network), \(Setting.imageSize), \(Setting.colorMode) and \(Setting.classNames)"
      )
    }
  }

  private static func tensor(
    _ source: WeightsEntry.Source, in file: any TensorFile, path: String
  ) throws -> Tensor {
    let tensor = try file.tensor(source.name)
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
