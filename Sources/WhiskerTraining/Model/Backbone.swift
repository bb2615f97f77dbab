import WhiskerCore
import WhiskerData
import WhiskerNN

/// The layers of a model before its classifier, frozen: they compute features of pictures.
///
/// They end with the first layer that turns the map into a vector, such as a global pool. The layers after it, dropout, dense
/// layers and activations, belong to the classifier and are not used.
public final class Backbone: Sendable {
  /// The layers that are trained after a backbone by default.
  public static let defaultHead: [LayerSpecification] = [
    .dropout(rate: 0.2), .dense(units: 128), .relu, .dropout(rate: 0.5), .dense(units: nil),
  ]

  /// The most memory for the activations of a picture, in bytes: each thread that computes features needs up to so much.
  static let pictureMemoryLimit = 512 << 20

  /// The path of the model's file.
  public let path: String
  /// The preprocessing of its pictures.
  public let preprocessing: Preprocessing
  /// The number of features, and the fingerprint of its layers and tensors.
  public let origin: FeatureOrigin
  /// The layers, frozen. They drop nothing.
  package let layers: [LayerSpecification]
  /// The number of parameters.
  public let parameterCount: Int

  /// The origin and the licence of its weights, as given at their import.
  let (source, license): (String?, String?)

  private let classCount: Int
  private let tensors: [(name: String, stored: String, shape: [Int])]
  private let file: SafetensorsReader
  private let prepared = Lock<PictureNetwork?>(nil)

  /// The backbone of the model at `path`, which is a file or the folder of a run.
  /// - Throws: `FileError` when there is no model, it is an ensemble or damaged, or no layer of it makes a vector.
  public convenience init(_ path: String) throws {
    let model = try Model(path)
    guard model.memberCount == nil else {
      throw FileError(
        path, "is an ensemble, and a backbone is a single network", advice: "Name one of its members")
    }
    try self.init(model)
  }

  /// The backbone of a model, or of a member of an ensemble.
  /// - Parameter prefix: The prefix of the tensors' names.
  /// - Throws: `FileError` when it is damaged, or no layer of it makes a vector.
  init(_ model: Model, prefix: String = "") throws {
    (path, preprocessing, file) = (model.path, model.preprocessing, model.tensors)
    (source, license) = (model.summary.source, model.summary.license)
    let (specification, input, classCount) = (model.specification, model.inputShape, model.classNames.count)
    let places = try model.placedLayers
    let memory = try model.pictureMemory
    guard memory <= Self.pictureMemoryLimit else {
      throw FileError(
        model.path,
        "needs up to \(memory >> 20) MB of memory for a picture, over the limit of \(Self.pictureMemoryLimit >> 20) MB",
        advice: "Use a smaller model as the backbone")
    }
    guard let last = specification.firstVectorLayer(input: input, classCount: classCount) else {
      throw FileError(
        model.path, "has no layer that makes a vector of features, such as a global pool",
        advice: "Use another model as the backbone")
    }
    layers = specification.layers[...last.index].map(\.frozen)
    self.classCount = classCount
    let own = places.filter { (Int($0.path.prefix { $0 != "." }) ?? 0) <= last.index }
    parameterCount = own.reduce(0) { $0 + $1.tensors.reduce(0) { $0 + ($1.isBuffer ? 0 : $1.count) } }
    tensors = own.flatMap { layer in
      layer.tensors.map { ("\(layer.path).\($0.name)", "\(prefix)\(layer.path).\($0.name)", $0.shape) }
    }
    var record = Array(NetworkSpecification(layers: layers).json.utf8)
    for (layer, tensor) in own.flatMap({ layer in layer.tensors.map { (layer, $0) } }) {
      let name = "\(layer.path).\(tensor.name)"
      record += Array(name.utf8) + (try model.check(tensor, prefix + name) { Fingerprint($0).bytes })
    }
    origin = FeatureOrigin(count: last.count, backbone: record.withUnsafeBytes { Fingerprint($0) })
  }

  /// The preprocessing of data whose samples are features of this backbone.
  public var featurePreprocessing: Preprocessing { featurePreprocessing(views: 1) }

  /// The preprocessing of data whose samples are features of some views of each picture.
  public func featurePreprocessing(views: Int) -> Preprocessing {
    var features = preprocessing
    features.features = origin
    features.features?.views = views
    return features
  }

  /// The network that computes the features, made at the first use.
  package var network: PictureNetwork {
    prepared.withLock { prepared in
      if let prepared { return prepared }
      let graph = InferenceGraph(
        layers, input: preprocessing.inputShape, classCount: classCount, tensors: loadedTensors())
      let network = PictureNetwork(graph, input: preprocessing.inputShape)
      prepared = network
      return network
    }
  }

  private func loadedTensors() -> [String: Tensor] {
    var loaded: [String: Tensor] = [:]
    for (name, stored, shape) in tensors {
      let tensor = Tensor(shape: shape)
      guard (try? file.copy(stored, into: tensor)) != nil else {
        preconditionFailure("the tensors were checked when the file was opened")
      }
      loaded[name] = tensor
    }
    return loaded
  }

  /// Adds the tensors to a model file, from this one.
  func write(to writer: inout SafetensorsWriter) {
    for (name, stored, _) in tensors { writer.add(name, from: file, named: stored) }
  }
}

extension Backbone: FeatureSource {
  package func compute(_ pixels: UnsafePointer<UInt8>, into features: UnsafeMutablePointer<Float>) {
    network.compute(pixels, into: features)
  }
}

extension Backbone {
  /// Opens the dataset at `path` as features: those of a cache, or of pictures as they are read.
  /// - Parameter views: The number of views of each picture.
  /// - Throws: `FileError` when nothing usable is there, or a cache holds features of another backbone.
  public func open(_ path: String, views: Int = 1, options: DataSource.Options = .init()) throws -> DataSource
  {
    guard try DataSource.cachedPreprocessing(at: path)?.features == nil else {
      return try DataSource.open(path, featurePreprocessing(views: views), options: options)
    }
    return try DataSource.open(path, preprocessing, options: options).features(of: checked(), views: views)
  }

  /// The backbone, unless its weights are so large that features of a black or a white picture are not finite.
  /// - Throws: `FileError` in that case.
  package func checked() throws -> Backbone {
    for value: UInt8 in [0, 255] {
      let pixels = [UInt8](repeating: value, count: preprocessing.sampleSize)
      var features = [Float](repeating: 0, count: origin.count)
      compute(pixels, into: &features)
      guard features.allSatisfy(\.isFinite) else {
        throw FileError(
          path, "has weights so large that its features are NaN or infinite",
          advice: "Import the weights again, or use another model as the backbone")
      }
    }
    return self
  }
}

extension NetworkSpecification {
  /// The index of the first layer that turns a map into a vector, and the length of the vector; nil without one.
  func firstVectorLayer(input: FeatureShape, classCount: Int) -> (index: Int, count: Int)? {
    guard let shapes = try? shapes(input: input, classCount: classCount) else { return nil }
    for (index, shape) in shapes.enumerated() {
      // Nothing makes a map of a vector.
      if case .vector(let count) = shape {
        return layers.indices.contains(index + 1) && count <= FeatureOrigin.countLimit ? (index, count) : nil
      }
    }
    return nil
  }
}

extension LayerSpecification {
  /// The layer as training leaves it alone: not trainable, without dropout.
  fileprivate var frozen: LayerSpecification {
    let layers = NetworkSpecification(layers: [self])
    var frozen = (try? layers.withDropout([0]).layers[0]) ?? self
    frozen.isTrainable = false
    return frozen
  }
}
