import CKernels
import WhiskerCore

/// A convolution. The weights are `[filters, channels / groups, height, width]`.
package struct ConvolutionKind: WeightedKind {
  package static let type = "convolution"

  /// Zeros around the map.
  package enum Padding: Sendable, Equatable {
    /// None.
    case valid
    /// As many as keep the size divided by the stride, rounded up. An odd number goes after the map, as in TensorFlow.
    case same
    /// So many on each side.
    case fixed(Int)
  }

  package var filters: Int
  package var height: Int
  package var width: Int
  package var stride = 1
  package var padding = Padding.valid
  package var groups = 1
  package var hasBias = true

  package init(filters: Int, kernel: Int) { (self.filters, height, width) = (filters, kernel, kernel) }

  package init(from options: LayerOptions) throws {
    filters = try options.value("filters")
    (height, width) = try KernelSize.read("kernel", options)
    stride = try options.value("stride", default: 1)
    padding = try Padding.read(options)
    groups = try options.value("groups", default: 1)
    hasBias = try options.value("bias", default: true)
  }

  package func write(to options: inout LayerOptionsWriter) throws {
    try options.set("filters", filters)
    try KernelSize.write("kernel", height, width, to: &options)
    try options.set("stride", stride, unless: 1)
    try padding.write(to: &options)
    try options.set("groups", groups, unless: 1)
    try options.set("bias", hasBias, unless: true)
  }

  /// The largest stride.
  private static let strideLimit = 64

  package var sizes: [Int] { [filters, height, width, stride, groups, padding.size] }

  package func output(of input: FeatureShape, classCount: Int) throws(NetworkError) -> FeatureShape {
    guard case .map(let channels, let rows, let columns) = input else { throw .needsMap }
    guard filters > 0, height > 0, width > 0, stride > 0 else {
      throw NetworkError("needs at least one filter, a kernel of at least 1 and a stride of at least 1")
    }
    // The gradient with respect to the input is stride x stride convolutions.
    guard stride <= Self.strideLimit else {
      throw NetworkError("has a stride of more than \(Self.strideLimit)")
    }
    guard groups > 0, channels % groups == 0, filters % groups == 0 else {
      throw NetworkError(
        "has \(groups) groups, which do not divide \(channels) channels and \(filters) filters")
    }
    let (vertical, horizontal) = (window(height, rows), window(width, columns))
    guard vertical.count > 0, horizontal.count > 0 else {
      throw NetworkError("has a kernel of \(width)x\(height), which does not fit into \(columns)x\(rows)")
    }
    return .map(channels: filters, height: vertical.count, width: horizontal.count)
  }

  private func window(_ size: Int, _ extent: Int) -> Windows {
    Windows(of: size, stride: stride, padding, extent: extent)
  }

  package func tensors(input: FeatureShape, output: FeatureShape) -> [LayerTensor] {
    let weight = LayerTensor(
      name: "weight", role: .convolution, shape: [filters, input.extents[0] / groups, height, width])
    return [weight] + (hasBias ? [LayerTensor(name: "bias", role: .vector, shape: [filters])] : [])
  }

  package func describe(
    _ place: InferenceGraph.Place, _ input: InferenceGraph.Value, in graph: inout InferenceGraph
  ) -> InferenceGraph.Value {
    let window = InferenceGraph.Window(
      vertical: window(height, place.input.extents[1]), horizontal: window(width, place.input.extents[2]))
    return graph.append(
      "convolution",
      .convolution(
        weight: place.tensor("weight"), bias: hasBias ? place.tensor("bias") : nil, window: window,
        groups: groups),
      [input], place)
  }

  package var description: String {
    var words = ["convolution \(filters) \(width)x\(height)"]
    if stride > 1 { words.append("stride \(stride)") }
    if padding != .valid { words.append("padding \(padding)") }
    if groups > 1 { words.append("groups \(groups)") }
    return words.joined(separator: ", ")
  }

  /// Whether it is one of those that have faster kernels of their own: a square kernel, stride 1, no padding.
  var isPlain: Bool { height == width && stride == 1 && padding == .valid && groups == 1 && hasBias }

  package func build(_ place: LayerPlace) -> (any Layer)? { Convolution(self, place) }

  package func fused(
    with following: ArraySlice<LayerSpecification>, _ places: ArraySlice<LayerPlace>
  ) -> (any Layer, Int)? {
    droppedPool(following, places) ?? pooled(following, places) ?? activated(following, places)
  }

  /// Convolution and activation, where another convolution follows: the activation needs no memory of its own.
  private func activated(
    _ following: ArraySlice<LayerSpecification>, _ places: ArraySlice<LayerPlace>
  ) -> (any Layer, Int)? {
    // The gradient is masked in its own memory, which must not be another branch's gradient as well.
    guard let place = places.first, let bounds = following.first?.kind.bounds,
      following.dropFirst().first?.kind is ConvolutionKind
    else { return nil }
    return (Convolution(self, place, activation: bounds), 2)
  }

  /// Convolution, ReLU, 2x2 max-pool and dropout.
  private func droppedPool(
    _ following: ArraySlice<LayerSpecification>, _ places: ArraySlice<LayerPlace>
  ) -> (any Layer, Int)? {
    guard let place = places.first, isPlain, place.isTrainable,
      following.starts(with: [.relu, .maxPool(size: 2)], by: { $0.hasSameKind(as: $1) })
    else { return nil }
    let next = following.dropFirst(2).first?.kind as? DropoutKind
    let mask = next.map { DropoutMask(layer: places[places.startIndex + 3].number, rate: $0.rate) }
    let layer = ConvolutionReLUPool(
      ConvolutionFilters(self, place), dropout: mask, capacity: place.capacity, pool: place.pool)
    return (layer, next == nil ? 3 : 4)
  }

  /// Convolution and 2x2 max-pool.
  private func pooled(
    _ following: ArraySlice<LayerSpecification>, _ places: ArraySlice<LayerPlace>
  ) -> (any Layer, Int)? {
    guard let place = places.first, following.first?.hasSameKind(as: .maxPool(size: 2)) ?? false,
      Convolution.canPool(self, place)
    else { return nil }
    return (Convolution(self, place, pooled: places[places.startIndex + 1].output), 2)
  }

  /// The shape for the kernels.
  func shape(_ input: FeatureShape, _ output: FeatureShape) -> whisker_convolution {
    let (rows, columns) = (input.extents[1], input.extents[2])
    let (outRows, outColumns) = (output.extents[1], output.extents[2])
    return whisker_convolution(
      channels: Int64(input.extents[0]), height: Int64(rows), width: Int64(columns), filters: Int64(filters),
      kernel_height: Int64(height), kernel_width: Int64(width), stride: Int64(stride),
      pad_top: Int64(window(height, rows).before), pad_left: Int64(window(width, columns).before),
      out_height: Int64(outRows), out_width: Int64(outColumns), groups: Int64(groups), out_offset: 0,
      out_row_stride: Int64(outColumns), out_column_stride: 1, out_channel_stride: Int64(outRows * outColumns)
    )
  }
}
