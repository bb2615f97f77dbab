import WhiskerData
import WhiskerNN
import WhiskerCore

/// A model's tensors as other frameworks store them.
struct WeightsFile {
  private let small: SmallModel
  private let layers: [PlacedLayer]
  /// The layers with tensors.
  private var learning: [PlacedLayer] { layers.filter { !$0.tensors.isEmpty } }

  init(_ small: SmallModel) throws {
    self.small = small
    layers = try small.model.specification.placedLayers(
      input: small.model.inputShape, classCount: small.model.classNames.count)
  }

  /// Writes the tensors under other names; PyTorch's shapes are the model's own.
  /// - Parameter names: The names of the layers with tensors; by default their paths.
  /// - Parameter counts: Whether batch norms have the count of steps that PyTorch stores.
  func writePyTorch(_ names: [String] = [], counts: Bool = false, to path: String) throws {
    var writer = SafetensorsWriter(metadata: [:])
    for (position, layer) in learning.enumerated() {
      let name = names.isEmpty ? layer.path : names[position]
      for tensor in layer.tensors {
        writer.add("\(name).\(tensor.name)", try small.tensor("\(layer.path).\(tensor.name)"))
      }
      if counts, layer.tensors.contains(where: \.isBuffer) {
        writer.add("\(name).num_batches_tracked", Tensor(shape: [1], values: [3]))
      }
    }
    try writer.write(to: path)
  }

  /// Writes the tensors as Keras stores them: kernels `[height, width, in, out]` and `[in, out]`, where a dense layer after
  /// a map takes its values in the order height, width, channels.
  /// - Parameter ending: What follows the names of tensors, such as ":0".
  /// - Parameter numbered: Whether tensors are called vars/0, vars/1 and so on.
  func writeKeras(_ names: [String], ending: String = "", numbered: Bool = false, to path: String) throws {
    var writer = SafetensorsWriter(metadata: [:])
    for (position, layer) in learning.enumerated() {
      let map = flattened(before: layer)
      for (number, tensor) in layer.tensors.enumerated() {
        let values = try small.tensor("\(layer.path).\(tensor.name)")
        let word = numbered ? "vars/\(number)" : Self.word(tensor.name, of: layer)
        let turned =
          values.shape.count > 1 ? turned(values, layer, map) : isNorm(layer) ? rows(values, 1, map) : values
        writer.add("\(names[position])/\(word)\(ending)", turned)
      }
    }
    try writer.write(to: path)
  }

  private func isNorm(_ layer: PlacedLayer) -> Bool { layer.tensors.contains(where: \.isBuffer) }

  private static func word(_ name: String, of layer: PlacedLayer) -> String {
    switch name {
    case "running_mean": "moving_mean"
    case "running_var": "moving_variance"
    case "weight": layer.tensors.count == 4 ? "gamma" : isDepthwise(layer) ? "depthwise_kernel" : "kernel"
    default: layer.tensors.count == 4 ? "beta" : "bias"
    }
  }

  private static func isDepthwise(_ layer: PlacedLayer) -> Bool {
    let shape = layer.tensors[0].shape
    return shape.count == 4 && shape[1] == 1 && layer.input.extents[0] > 1
  }

  /// The map that a flatten layer turns into the vector of a layer; nil where there is none.
  private func flattened(before layer: PlacedLayer) -> FeatureShape? {
    let index = layers.firstIndex { $0.path == layer.path } ?? 0
    for place in layers[..<index].reversed() {
      if place.specification == .flatten, case .map = place.input { return place.input }
      if place.tensors.contains(where: { $0.shape.count == 2 }) { return nil }
    }
    return nil
  }

  private func turned(_ weights: Tensor, _ layer: PlacedLayer, _ map: FeatureShape?) -> Tensor {
    let shape = weights.shape
    if shape.count == 4 {
      let (outputs, inputs, height, width) = (shape[0], shape[1], shape[2], shape[3])
      var values: [Float] = []
      for y in 0..<height {
        for x in 0..<width {
          for input in 0..<inputs {
            for output in 0..<outputs {
              values.append(weights[((output * inputs + input) * height + y) * width + x])
            }
          }
        }
      }
      // A depthwise kernel is [height, width, channels, multiplier], whose outputs are in the order channel, multiplier.
      let channels = layer.input.extents[0]
      let ends = Self.isDepthwise(layer) ? [channels, outputs / channels] : [inputs, outputs]
      return Tensor(shape: [height, width] + ends, values: values)
    }
    let (units, features) = (shape[0], shape[1])
    let values = (0..<features).flatMap { feature in (0..<units).map { weights[$0 * features + feature] } }
    return rows(Tensor(shape: [features, units], values: values), units, map)
  }

  /// Rows of `size` values, one for every value of a map, in the order height, width, channels.
  private func rows(_ tensor: Tensor, _ size: Int, _ map: FeatureShape?) -> Tensor {
    guard case .map(let channels, let height, let width) = map, tensor.shape[0] == channels * height * width
    else { return tensor }
    var values: [Float] = []
    for y in 0..<height {
      for x in 0..<width {
        for channel in 0..<channels {
          let row = (channel * height + y) * width + x
          values += (row * size..<(row + 1) * size).map { tensor[$0] }
        }
      }
    }
    return Tensor(shape: tensor.shape, values: values)
  }
}
