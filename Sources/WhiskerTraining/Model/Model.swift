import WhiskerData
import WhiskerNN
import WhiskerCore

/// A trained network with everything needed to use it, in one safetensors file: the weights in PyTorch's
/// layout and names, and in the metadata the network, the class names, the preprocessing and the training's summary.
public struct Model: Sendable {
  /// The training's summary in a model file.
  public struct TrainingSummary: Sendable, Codable, Equatable {
    /// The version of Whisker that wrote it.
    public var whisker = Version.current
    /// The seed of the training.
    public var seed: UInt64
    /// The finished epochs of these weights.
    public var epoch: Int
    /// The steps of these weights, which may be more than those of the finished epochs.
    public var steps: Int
    /// The mean loss over the training samples, with dropout.
    public var loss: Double?
    /// The accuracy on the training samples, with dropout.
    public var accuracy: Double?
    /// The mean loss over the validation samples.
    public var validationLoss: Double?
    /// The accuracy on the validation samples.
    public var validationAccuracy: Double?
    /// The name of the file that the weights were imported from; nil if Whisker trained them.
    public var importedFrom: String?
    /// The origin of imported weights, as given at their import.
    public var source: String?
    /// The licence of imported weights.
    public var license: String?

    private enum CodingKeys: String, CodingKey {
      case whisker, seed, epoch, steps, loss, accuracy, importedFrom = "imported_from", source, license
      case validationLoss = "val_loss", validationAccuracy = "val_accuracy"
    }

    init(seed: UInt64, epoch: Int, steps: Int) { (self.seed, self.epoch, self.steps) = (seed, epoch, steps) }

    /// The summary of weights imported from a file of the given name.
    public init(importedFrom name: String) {
      self.init(seed: 0, epoch: 0, steps: 0)
      importedFrom = printable(name)
    }

    /// The texts of the file's author.
    fileprivate var texts: [String] { [whisker, importedFrom, source, license].compactMap(\.self) }
  }

  /// The path of the file.
  public let path: String
  /// The layers.
  public let specification: NetworkSpecification
  /// The classes, in the order of the outputs.
  public let classNames: [String]
  /// The preprocessing of its pictures.
  public let preprocessing: Preprocessing
  /// The summary of its training.
  public let summary: TrainingSummary
  /// The number of networks of an ensemble; nil for a single network.
  public let memberCount: Int?

  /// The temperature of the probabilities of `Predictor`, exported files and evaluations; nil for that of the network itself, 1.
  public var temperature: TemperatureScaling?
  /// How `classifier` averages predictions over variants of a picture; nil for the picture alone. It is not part of the file.
  public var testTimeAugmentation: TestTimeAugmentation?

  let tensors: SafetensorsReader

  static let formatVersion = "1"
  /// The maximum number of classes.
  package static let classLimit = 50_000

  enum Key {
    static let version = "whisker.format"
    static let network = "whisker.network"
    static let classes = "whisker.classes"
    static let preprocessing = "whisker.preprocessing"
    static let training = "whisker.training"
    static let members = "whisker.members"
    static let calibration = "whisker.calibration"
  }

  /// Reads a model file.
  /// - Throws: `FileError` when it cannot be read, is not a Whisker model, or is damaged.
  init(file: String) throws {
    let tensors = try SafetensorsReader(file)
    guard let version = tensors.metadata[Key.version] else {
      throw FileError(file, "is a safetensors file, but not a model that Whisker trained")
    }
    memberCount = try Self.memberCount(tensors, version, file)
    guard version == (memberCount == nil ? Self.formatVersion : Self.ensembleVersion) else {
      throw FileError(file, "has the model format \(version), and this Whisker reads \(Self.formatVersion)")
    }
    (self.path, self.tensors) = (file, tensors)
    specification = try Self.decode(Key.network, tensors, file)
    classNames = try Self.decode(Key.classes, tensors, file)
    preprocessing = try Self.decode(Key.preprocessing, tensors, file)
    summary = try Self.decode(Key.training, tensors, file)
    temperature =
      tensors.metadata[Key.calibration] == nil ? nil : try Self.decode(Key.calibration, tensors, file)
    guard preprocessing.features == nil else {
      throw FileError(file, "is damaged: its input is not pictures")
    }
    guard !classNames.isEmpty, classNames.count <= Self.classLimit, Set(classNames).count == classNames.count
    else {
      throw FileError(file, "is damaged: its class names are not each there once")
    }
    guard (classNames + summary.texts).allSatisfy(isPrintable) else {
      throw FileError(file, "is damaged: a name in it holds control characters")
    }
  }

  /// Whether a model file is at `path`, to go by its metadata.
  package static func isModel(_ path: String) -> Bool {
    (try? SafetensorsReader(path))?.metadata[Key.version] != nil
  }

  /// The beginnings of the names of tensors in a model file that only a resumed training needs.
  package static let statePrefixes = [optimizerPrefix, averagePrefix, checkpointName]
  static let optimizerPrefix = "optimizer."
  static let averagePrefix = "average."
  static let checkpointName = "training.state"

  /// The shape of an input sample.
  public var inputShape: FeatureShape { preprocessing.inputShape }

  /// The output shape of each layer.
  /// - Throws: `FileError` when the layers do not fit each other.
  public var shapes: [FeatureShape] {
    get throws {
      do {
        return try specification.shapes(input: inputShape, classCount: classNames.count)
      } catch {
        throw FileError(path, "is damaged: \(error)")
      }
    }
  }

  /// The network with its weights, for up to `capacity` samples at a time.
  /// - Throws: `FileError` when the weights do not fit the network.
  public func network(capacity: Int, pool: ComputePool) throws -> Network {
    guard memberCount == nil else {
      throw FileError(
        path, "is an ensemble, where a single network is needed", advice: "Name one of its members")
    }
    return try network(capacity: capacity, pool: pool, prefix: "")
  }

  /// - Parameter prefix: The prefix of the weights' names.
  /// - Parameter backbone: The first layers, if others compute them; nil for the whole network.
  func network(capacity: Int, pool: ComputePool, prefix: String, after backbone: Backbone? = nil) throws
    -> Network
  {
    let preceding = backbone?.layers ?? []
    let specification = NetworkSpecification(layers: Array(specification.layers.dropFirst(preceding.count)))
    let input = backbone.map { .vector($0.origin.count) } ?? inputShape
    do {
      let memory = try NetworkMemory(
        specification, input: input, classCount: classNames.count, capacity: capacity,
        threads: pool.threads,
        isTrained: false)
      if let problem = memory.problem { throw FileError(path, "cannot be used here: \(problem)") }
      let network = try Network(
        specification, input: input, classCount: classNames.count,
        .init(capacity: capacity, pool: pool, isTrained: false, preceding: preceding))
      try load(into: network, prefix: prefix)
      return network
    } catch let error as NetworkError {
      throw FileError(path, "is damaged: \(error)")
    }
  }

  /// Copies the weights into a network.
  /// - Throws: `FileError` when they do not fit the network.
  func load(into network: Network, prefix: String = "") throws {
    for (name, values) in network.values {
      let tensor = Tensor(shape: values.shape)
      try tensors.copy(prefix + name, into: tensor)
      guard (0..<tensor.count).allSatisfy({ tensor[$0].isFinite }) else {
        throw FileError(path, "contains NaN or infinity in \(name)")
      }
      values.assign(tensor)
    }
    if let buffer = network.buffers.first(where: { !$0.isValid }) {
      throw FileError(path, "is damaged: \(buffer.name) contains negative variances")
    }
  }

  /// Writes a model file, atomically.
  /// - Parameter network: The network with its weights.
  /// - Parameter classNames: The classes, in the order of its outputs.
  /// - Parameter preprocessing: The preprocessing of its pictures.
  /// - Parameter summary: The summary of its training.
  /// - Parameter path: The path of the file.
  /// - Parameter attach: Adds the state that a resumed training needs.
  /// - Throws: `FileError`; an old file at the path is then untouched.
  public static func write(
    _ network: Network, classNames: [String], preprocessing: Preprocessing, summary: TrainingSummary,
    to path: String, attach: (inout SafetensorsWriter) throws -> Void = { _ in }
  ) throws {
    let contents = Contents(network: network, classNames: classNames, preprocessing: preprocessing)
    try write(contents, summary, to: path, attach: attach)
  }

  /// What a model file holds.
  package struct Contents {
    /// The network with its weights.
    package var network: Network
    /// The classes, in the order of its outputs.
    package var classNames: [String]
    /// The preprocessing of its pictures.
    package var preprocessing: Preprocessing
    /// The layers before those of the network; nil for none.
    package var backbone: Backbone?
    /// The temperature of its probabilities; nil if none is known.
    package var temperature: TemperatureScaling?

    package init(
      network: Network, classNames: [String], preprocessing: Preprocessing, backbone: Backbone? = nil,
      temperature: TemperatureScaling? = nil
    ) {
      (self.network, self.classNames, self.preprocessing) = (network, classNames, preprocessing)
      (self.backbone, self.temperature) = (backbone, temperature)
    }
  }

  /// Writes a model file, atomically.
  /// - Throws: `FileError`; an old file at the path is then untouched.
  package static func write(
    _ contents: Contents, _ summary: TrainingSummary, to path: String,
    attach: (inout SafetensorsWriter) throws -> Void = { _ in }
  ) throws {
    let network = contents.network
    let specification = NetworkSpecification(
      layers: (contents.backbone?.layers ?? []) + network.specification.layers)
    var writer = SafetensorsWriter(
      metadata: try metadata(
        specification, contents.classNames, contents.preprocessing.ofPictures, summary, contents.temperature))
    contents.backbone?.write(to: &writer)
    for (name, values) in network.values { writer.add(name, values.tensor) }
    try attach(&writer)
    try writer.write(to: path)
  }

  /// The metadata of a model file.
  static func metadata(
    _ specification: NetworkSpecification, _ classNames: [String], _ preprocessing: Preprocessing,
    _ summary: TrainingSummary, _ temperature: TemperatureScaling?
  ) throws -> [String: String] {
    var metadata = [
      "format": "pt",
      Key.version: formatVersion,
      Key.network: try StableJSON.line(specification),
      Key.classes: try StableJSON.line(classNames),
      Key.preprocessing: try StableJSON.line(preprocessing),
      Key.training: try StableJSON.line(summary),
    ]
    metadata[Key.calibration] = try temperature.map { try StableJSON.line($0) }
    return metadata
  }

  private static func decode<Value: Decodable>(
    _ key: String, _ tensors: SafetensorsReader, _ path: String
  ) throws -> Value {
    guard let text = tensors.metadata[key], let value = try? StableJSON.decode(Value.self, from: text) else {
      throw FileError(path, "is damaged: its \(key) cannot be read")
    }
    return value
  }
}

extension Preprocessing {
  /// The shape of a sample as a network sees it.
  public var inputShape: FeatureShape {
    features.map { .vector($0.count) } ?? .map(channels: channels, height: height, width: width)
  }
}
