import WhiskerCore

/// Heat maps of a network by Grad-CAM (Selvaraju, Cogswell, Das, Vedantam, Parikh & Batra, "Grad-CAM: Visual Explanations from
/// Deep Networks via Gradient-based Localization", ICCV 2017, equations 1 and 2).
///
/// The weight of a channel of a layer's output is the mean of the gradient of the class's logit with respect to it. The map is
/// the sum of the channels times their weights, without its negative values, divided by its maximum. The pass is that of
/// inference: dropout drops nothing, and batch norm uses its running statistics.
///
/// It is not thread-safe, apart from `activations`.
package final class GradCAM {
  /// The layers up to the layer, or up to the block that it is in.
  package let activations: PictureNetwork

  /// The rows and columns of the maps.
  package let (height, width): (Int, Int)

  /// The channels of the layer's output.
  private let channels: Int
  /// The layers after `activations`.
  private let classifier: any Layer
  /// The end of a layer in a block; nil where the layer's output is the input of the classifier.
  private let tap: LayerTap?
  private let input: Activations
  private let gradient: Activations

  /// The paths of the layers that have a map: their output is larger than 1x1, with a convolution at, in or before them. The last one
  /// that is in no block gives the input of the global pool or of the flatten layer.
  package static func layers(
    of specification: NetworkSpecification, input: FeatureShape, classCount: Int
  ) -> [String] {
    let places = (try? specification.placedLayers(input: input, classCount: classCount)) ?? []
    let first = places.firstIndex { $0.tensors.contains { $0.role == .convolution } }
    guard let first else { return [] }
    return places.enumerated().compactMap { index, place in
      guard case .map(_, let height, let width) = place.output, height * width > 1 else { return nil }
      return index >= first || places[first].path.hasPrefix(place.path + ".") ? place.path : nil
    }
  }

  /// Prepares the maps of a network.
  /// - Parameters:
  ///   - specification: Layers that fit the input.
  ///   - input: The shape of a picture: a map of 1 or 3 channels.
  ///   - layer: One of `layers(of:input:classCount:)`.
  ///   - tensors: The parameters and buffers by their names, with the path.
  package init(
    _ specification: NetworkSpecification, input: FeatureShape, classCount: Int, layer: String,
    tensors: [String: Tensor], pool: ComputePool
  ) {
    let division = Division(specification, at: layer, input: input, classCount: classCount)
    (channels, height, width) = division.output
    activations = PictureNetwork(
      InferenceGraph(division.before, input: input, classCount: classCount, tensors: tensors), input: input)
    (classifier, tap) = division.classifier(classCount, pool)
    for parameter in classifier.parameters { parameter.value.assign(tensors[parameter.name]!) }
    for buffer in classifier.buffers { buffer.values.assign(tensors[buffer.name]!) }
    self.input = Activations(features: division.input.count, capacity: 1)
    gradient = Activations(features: classCount, capacity: 1)
  }

  /// The memory of the layers after `activations`, in bytes.
  package static func memory(
    _ specification: NetworkSpecification, input: FeatureShape, classCount: Int, layer: String, threads: Int
  ) -> Int {
    let division = Division(specification, at: layer, input: input, classCount: classCount)
    return AllocationMeter.byteCount {
      _ = division.classifier(classCount, ComputePool(measuring: threads))
      _ = Activations(features: division.input.count, capacity: 1)
    }
  }

  /// The heat map of a class.
  /// - Parameter values: What `activations` computes for a picture.
  /// - Parameter label: The class.
  package func heatMap(_ values: [Float], of label: Int) -> ClassHeatMap {
    precondition(values.count == input.features, "the values are those of the layers before")
    for (feature, value) in values.enumerated() {
      // The other lanes repeat the sample, so that no value is unlike those that the layers know.
      for lane in 0..<blockSize { input.elements[feature * blockSize + lane] = value }
    }
    _ = classifier.forward(input, count: 1, pass: Self.pass)
    for unit in 0..<gradient.features { gradient[0, unit] = unit == label ? 1 : 0 }
    let found = classifier.backward(gradient, count: 1, needsInputGradient: true, step: nil)
    guard let found else { preconditionFailure("the gradient was asked for") }
    let output = tap?.values ?? values
    let slopes = tap?.gradient ?? (0..<found.features).map { found[0, $0] }
    let area = height * width
    var sums = [Double](repeating: 0, count: area)
    for channel in 0..<channels {
      let cells = channel * area..<(channel + 1) * area
      let weight = cells.reduce(0) { $0 + Double(slopes[$1]) } / Double(area)
      for (cell, feature) in cells.enumerated() { sums[cell] += weight * Double(output[feature]) }
    }
    return ClassHeatMap(height: height, width: width, scaling: sums)
  }

  /// Inference, after which the gradient is computed.
  private static var pass: Pass {
    var pass = Pass.inference
    pass.wantsGradients = true
    return pass
  }
}

/// Where a network is divided for the maps of a layer: after it, or before the block that it is in.
private struct Division {
  let before: [LayerSpecification]
  /// The shape of the output of `before`.
  let input: FeatureShape
  /// The shape of the layer's output.
  let output: (channels: Int, height: Int, width: Int)
  private let after: [LayerSpecification]
  /// The layer, if it is in a block.
  private let inner: String?

  init(_ specification: NetworkSpecification, at layer: String, input: FeatureShape, classCount: Int) {
    let places = try? specification.placedLayers(input: input, classCount: classCount)
    guard let places, let place = places.first(where: { $0.path == layer }),
      let index = Int(layer.prefix { $0 != "." }),
      let block = places.first(where: { $0.path == "\(index)" }),
      case .map(let channels, let height, let width) = place.output
    else { preconditionFailure("the layers must fit the input, and the layer must have a map") }
    output = (channels, height, width)
    inner = layer == block.path ? nil : layer
    self.input = inner == nil ? block.output : block.input
    let count = inner == nil ? index + 1 : index
    (before, after) = (Array(specification.layers[..<count]), Array(specification.layers[count...]))
  }

  /// The layers after the division, which learn nothing, and the end of the layer that is in a block.
  func classifier(_ classCount: Int, _ pool: ComputePool) -> (any Layer, LayerTap?) {
    let tap = inner.map { LayerTap(after: $0) }
    var builder = LayerBuilder(
      classCount: classCount, capacity: 1, pool: pool, fuses: false, preceding: before)
    builder.tap = tap
    let layers = after.map { LayerSpecification($0.kind, isTrainable: false) }
    return (builder.sequence(layers, path: "", input: input), tap)
  }
}
