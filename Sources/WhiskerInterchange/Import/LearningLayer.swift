import WhiskerNN
import WhiskerCore

/// A layer with tensors of its own.
struct LearningLayer {
  /// The path of the layer: "3", or "3.body.0" in a residual block.
  let path: String
  let specification: LayerSpecification
  let tensors: [LayerTensor]
  private let input: FeatureShape
  /// The map whose values the layer sees as a vector, in the order of a flatten layer; nil if there is none.
  private let map: FeatureShape?

  /// Whether it is in the shortcut of a residual block.
  var isInShortcut: Bool { path.split(separator: ".").contains("shortcut") }

  /// The layers with tensors, in order.
  static func all(of layers: [PlacedLayer]) -> [LearningLayer] {
    var map: FeatureShape?
    return layers.compactMap { layer in
      if case .map = layer.input, layer.output == .vector(layer.input.count) { map = layer.input }
      let tensors = layer.tensors
      guard !tensors.isEmpty else { return nil }
      let learning = LearningLayer(
        path: layer.path, specification: layer.specification, tensors: tensors, input: layer.input,
        map: map?.count == layer.input.count ? map : nil)
      if tensors.contains(where: { $0.role == .dense }) { map = nil }
      return learning
    }
  }

  /// Whether a residual block adds values in the order of a flatten layer to those of a dense layer.
  static func mixesOrder(_ layers: [PlacedLayer]) -> Bool {
    var isFlat = false
    for layer in layers {
      if !layer.specification.kind.branches.isEmpty, isFlat { return true }
      if case .map = layer.input, layer.output == .vector(layer.input.count) { isFlat = true }
      if layer.tensors.contains(where: { $0.role == .dense }) { isFlat = false }
    }
    return false
  }

  /// The layer for errors: "layer 4, layer 1 of its body (convolution 8 3x3)".
  var description: String {
    let parts = path.split(separator: ".")
    let words = stride(from: 0, to: parts.count, by: 2).map { index in
      let number = "layer \((Int(parts[index]) ?? 0) + 1)"
      return index == 0 ? number : "\(number) of its \(parts[index - 1])"
    }
    return "\(words.joined(separator: ", ")) (\(specification))"
  }

  /// The shapes that a tensor may have in a file.
  ///
  /// Keras has two for the kernels of depthwise convolutions: `[height, width, channels, multiplier]` in layers of their own,
  /// and `[height, width, 1, filters]` in convolutions with groups. The order of the values is the same.
  func shapes(of tensor: LayerTensor, in layout: WeightsLayout) -> [[Int]] {
    let shape = tensor.shape
    switch (tensor.role, layout) {
    case (_, .pytorch), (.vector, _): return [shape]
    case (.dense, .keras): return [shape.reversed()]
    case (.convolution, .keras):
      let (area, groups) = (Array(shape[2...]), input.extents[0] / shape[1])
      let plain = area + [shape[1], shape[0]]
      return shape[1] == 1 && groups > 1 ? [plain, area + [groups, shape[0] / groups]] : [plain]
    }
  }

  /// The values of a tensor in PyTorch's layout.
  func arranged(_ values: Tensor, as tensor: LayerTensor, from layout: WeightsLayout) -> Tensor {
    guard layout == .keras else { return values }
    let shape = tensor.shape
    let arranged = Tensor(shape: shape)
    switch tensor.role {
    case .convolution:
      let (filters, channels, area) = (shape[0], shape[1], shape[2] * shape[3])
      for place in 0..<area {
        for channel in 0..<channels {
          for filter in 0..<filters {
            arranged[(filter * channels + channel) * area + place] =
              values[(place * channels + channel) * filters + filter]
          }
        }
      }
    case .dense:
      let (units, features) = (shape[0], shape[1])
      for feature in 0..<features {
        let row = kerasFeature(feature)
        for unit in 0..<units { arranged[unit * features + feature] = values[row * units + unit] }
      }
    case .vector:
      // The tensors of a batch norm after a flatten layer have the order of its values.
      let isFeatures = input == .vector(shape[0]) && !tensors.contains { $0.role == .dense }
      for feature in 0..<shape[0] { arranged[feature] = values[isFeatures ? kerasFeature(feature) : feature] }
    }
    return arranged
  }

  /// The index in Keras's flattened map of the feature at `feature` in PyTorch's.
  private func kerasFeature(_ feature: Int) -> Int {
    guard case .map(let channels, let height, let width) = map else { return feature }
    let (channel, place) = (feature / (height * width), feature % (height * width))
    return place * channels + channel
  }
}
