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
  /// The layers up to it.
  package let activations: PictureNetwork

  /// The shape of its output.
  private let shape: FeatureShape
  /// The layers after it.
  private let classifier: any Layer
  private let input: Activations
  private let gradient: Activations

  /// The layers that have a map, as indices: their output is larger than 1x1, with a convolution at or before them. The last one gives
  /// the input of the global pool or of the flatten layer.
  package static func layers(
    of specification: NetworkSpecification, input: FeatureShape, classCount: Int
  ) -> [Int] {
    let places = (try? specification.placedLayers(input: input, classCount: classCount)) ?? []
    let first = places.first { $0.tensors.contains { $0.role == .convolution } }
    guard let first = first.flatMap({ Int($0.path.prefix { $0 != "." }) }) else { return [] }
    return places.compactMap { place in
      guard case .map(_, let height, let width) = place.output, height * width > 1 else { return nil }
      // The layers inside others have longer paths.
      return Int(place.path).flatMap { $0 >= first ? $0 : nil }
    }
  }

  /// Prepares the maps of a network.
  /// - Parameters:
  ///   - specification: Layers that fit the input.
  ///   - input: The shape of a picture: a map of 1 or 3 channels.
  ///   - layer: One of `layers(of:input:classCount:)`.
  ///   - tensors: The parameters and buffers by their names, with the path.
  package init(
    _ specification: NetworkSpecification, input: FeatureShape, classCount: Int, layer: Int,
    tensors: [String: Tensor], pool: ComputePool
  ) {
    let first = Array(specification.layers[...layer])
    shape = specification.shape(after: layer, input: input, classCount: classCount)
    activations = PictureNetwork(
      InferenceGraph(first, input: input, classCount: classCount, tensors: tensors), input: input)
    classifier = Self.classifier(specification, after: layer, input: shape, classCount: classCount, pool)
    for parameter in classifier.parameters { parameter.value.assign(tensors[parameter.name]!) }
    for buffer in classifier.buffers { buffer.values.assign(tensors[buffer.name]!) }
    self.input = Activations(features: shape.count, capacity: 1)
    gradient = Activations(features: classCount, capacity: 1)
  }

  /// The layers after a layer, which learn nothing.
  private static func classifier(
    _ specification: NetworkSpecification, after layer: Int, input: FeatureShape, classCount: Int,
    _ pool: ComputePool
  ) -> any Layer {
    var builder = LayerBuilder(
      classCount: classCount, capacity: 1, pool: pool, fuses: false,
      preceding: Array(specification.layers[...layer]))
    let layers = specification.layers[(layer + 1)...].map { LayerSpecification($0.kind, isTrainable: false) }
    return builder.sequence(layers, path: "", input: input)
  }

  /// The memory of the layers after a layer, in bytes.
  package static func memory(
    _ specification: NetworkSpecification, input: FeatureShape, classCount: Int, layer: Int, threads: Int
  ) -> Int {
    let shape = specification.shape(after: layer, input: input, classCount: classCount)
    return AllocationMeter.byteCount {
      _ = classifier(
        specification, after: layer, input: shape, classCount: classCount, ComputePool(measuring: threads))
      _ = Activations(features: shape.count, capacity: 1)
    }
  }

  /// The heat map of a class.
  /// - Parameter values: The layer's output for a picture, `[channels, height, width]`, as `activations` computes it.
  /// - Parameter label: The class.
  package func heatMap(_ values: [Float], of label: Int) -> ClassHeatMap {
    guard case .map(let channels, let height, let width) = shape else {
      preconditionFailure("the layer must have a map")
    }
    precondition(values.count == shape.count, "the values are those of the layer")
    for (feature, value) in values.enumerated() {
      // The other lanes repeat the sample, so that no value is unlike those that the layers know.
      for lane in 0..<blockSize { input.elements[feature * blockSize + lane] = value }
    }
    _ = classifier.forward(input, count: 1, pass: Self.pass)
    for unit in 0..<gradient.features { gradient[0, unit] = unit == label ? 1 : 0 }
    let found = classifier.backward(gradient, count: 1, needsInputGradient: true, step: nil)
    guard let found else { preconditionFailure("the gradient was asked for") }
    let area = height * width
    var sums = [Double](repeating: 0, count: area)
    for channel in 0..<channels {
      let cells = channel * area..<(channel + 1) * area
      let weight = cells.reduce(0) { $0 + Double(found[0, $1]) } / Double(area)
      for (cell, feature) in cells.enumerated() { sums[cell] += weight * Double(values[feature]) }
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

extension NetworkSpecification {
  /// The shape after a layer of layers that fit the input.
  fileprivate func shape(after layer: Int, input: FeatureShape, classCount: Int) -> FeatureShape {
    guard let shapes = try? shapes(input: input, classCount: classCount) else {
      preconditionFailure("the layers must fit the input")
    }
    return shapes[layer]
  }
}
