import WhiskerCore
import WhiskerData
import WhiskerNN

/// The heat maps of a model by Grad-CAM: which parts of a picture speak for a class. The map of an ensemble is the mean of its members'.
///
/// It is not thread-safe, apart from `activations`.
public final class HeatMaps {
  /// The path of the layer whose output is weighted: "17", or "17.body.2" in a residual block. By default it is the last one before
  /// the picture's extent is lost, in a global pool or a flatten layer.
  public let layer: String
  /// The number of rows and columns of the maps.
  public let (height, width): (Int, Int)
  /// The preprocessing of the model's pictures.
  package let preprocessing: Preprocessing
  /// The layers up to that one, of each member.
  let activations: Layers
  private let members: [GradCAM]

  /// Computes the output of the layer, or of the last layer before its block, on any thread.
  struct Layers: Sendable {
    fileprivate let networks: [PictureNetwork]

    /// The bytes of the outputs for a picture.
    var size: Int { networks.reduce(0) { $0 + $1.outputCount } * MemoryLayout<Float>.stride }

    /// The output for a picture `[height, width, channels]`, of each member.
    func compute(_ pixels: [UInt8]) -> [[Float]] {
      networks.map { network in
        [Float](unsafeUninitializedCapacity: network.outputCount) { buffer, count in
          pixels.withUnsafeBufferPointer { network.compute($0.baseAddress!, into: buffer.baseAddress!) }
          count = network.outputCount
        }
      }
    }
  }

  /// Prepares the maps of `model`.
  /// - Parameter layer: The path of a layer whose output is a map; nil for the default.
  /// - Throws: `FileError` when the model is damaged or too large, or has no such layer.
  public init(_ model: Model, layer: String? = nil, pool: ComputePool) throws {
    let (specification, input, classCount) = (model.specification, model.inputShape, model.classNames.count)
    _ = try model.shapes
    let layers = GradCAM.layers(of: specification, input: input, classCount: classCount)
    guard let last = layers.last(where: { !$0.contains(".") }) ?? layers.last else {
      throw FileError(
        model.path, "has no heat maps: no convolution is followed by a layer whose output is a map",
        advice: "Use a network of convolutions")
    }
    let chosen = layer ?? last
    guard layers.contains(chosen) else {
      let inner = layers.last { $0.contains(".") }.map { ", or one in a residual block, such as \($0)" }
      throw FileError(
        model.path, "has no map after layer \(chosen)",
        advice:
          "Choose a layer from \(layers[0]) to \(last) whose output is a map\(inner ?? ""); \(last) is the default"
      )
    }
    guard try model.pictureMemory <= Backbone.pictureMemoryLimit else {
      throw FileError(
        model.path,
        "needs more than \(Backbone.pictureMemoryLimit >> 20) MB of memory for the activations of a picture, over the limit of heat maps"
      )
    }
    let memory = try Self.memory(of: model, layer: chosen, threads: pool.threads)
    guard memory <= MemoryBudget.available else {
      throw FileError(
        model.path,
        "cannot be used here: its heat maps \(MemorySize.shortage(need: memory, available: MemoryBudget.available))",
        advice: layer == nil ? nil : "Choose a later layer")
    }
    members = try model.memberPrefixes.map {
      GradCAM(
        specification, input: input, classCount: classCount, layer: chosen,
        tensors: try model.loadedTensors(prefix: $0), pool: pool)
    }
    activations = Layers(networks: members.map(\.activations))
    (self.layer, preprocessing) = (chosen, model.preprocessing)
    (height, width) = (members[0].height, members[0].width)
  }

  /// An upper bound of the memory, in bytes: the weights as they are read and as they are prepared, and the activations.
  private static func memory(of model: Model, layer: String, threads: Int) throws -> Int {
    let weights = try model.placedLayers.reduce(0) { $0 + $1.tensors.reduce(0) { $0 + $1.count } }
    let classifier = GradCAM.memory(
      model.specification, input: model.inputShape, classCount: model.classNames.count, layer: layer,
      threads: threads)
    let one = classifier + 2 * MemoryLayout<Float>.stride * weights
    return one * (model.memberCount ?? 1) + (try model.pictureMemory)
  }

  /// The heat map of a class.
  /// - Parameter pixels: A picture as the model's preprocessing gives it, `[height, width, channels]`.
  /// - Parameter label: The class.
  public func heatMap(of pixels: [UInt8], for label: Int) -> ClassHeatMap {
    precondition(pixels.count == preprocessing.sampleSize, "the picture has the size of the input")
    return heatMap(activations.compute(pixels), for: label)
  }

  /// - Parameter activations: What `activations` computes for a picture, of each member.
  func heatMap(_ activations: [[Float]], for label: Int) -> ClassHeatMap {
    let maps = zip(members, activations).map { $0.heatMap($1, of: label) }
    return maps.count == 1 ? maps[0] : ClassHeatMap(meanOf: maps)
  }
}
