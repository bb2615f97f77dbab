import CKernels
import WhiskerCore

/// Windows of a pool: `size`, by default also the stride, and padding that is never the maximum and never counted.
package struct PoolWindow: Sendable, Equatable {
  package var height: Int
  package var width: Int
  package var stride: Int
  package var padding = ConvolutionKind.Padding.valid

  package init(size: Int) { (height, width, stride) = (size, size, size) }

  init(from options: LayerOptions) throws {
    (height, width) = try KernelSize.read("size", options)
    guard let stride = try options.optional("stride", as: Int.self) ?? (height == width ? height : nil) else {
      throw NetworkError("needs a stride where its height and width differ")
    }
    self.stride = stride
    padding = try .read(options)
  }

  func write(to options: inout LayerOptionsWriter) throws {
    try KernelSize.write("size", height, width, to: &options)
    if stride != height || height != width { try options.set("stride", stride) }
    try padding.write(to: &options)
  }

  var sizes: [Int] { [height, width, stride, padding.size] }

  func output(of input: FeatureShape) throws(NetworkError) -> FeatureShape {
    guard case .map(let channels, let rows, let columns) = input else { throw .needsMap }
    guard height > 0, width > 0, stride > 0 else {
      throw NetworkError("needs a size and a stride of at least 1")
    }
    guard padding.size < min(height, width) else { throw NetworkError("has windows that see padding alone") }
    let vertical = Windows(of: height, stride: stride, padding, extent: rows)
    let horizontal = Windows(of: width, stride: stride, padding, extent: columns)
    guard vertical.count > 0, horizontal.count > 0 else {
      throw NetworkError("has windows of \(width)x\(height), which do not fit into \(columns)x\(rows)")
    }
    return .map(channels: channels, height: vertical.count, width: horizontal.count)
  }

  /// "2x2", "3x3, stride 2, padding same"
  var words: String {
    var words = ["\(width)x\(height)"]
    if stride != height || height != width { words.append("stride \(stride)") }
    if padding != .valid { words.append("padding \(padding)") }
    return words.joined(separator: ", ")
  }

  func exported(_ input: FeatureShape) -> InferenceGraph.Window {
    InferenceGraph.Window(
      vertical: Windows(of: height, stride: stride, padding, extent: input.extents[1]),
      horizontal: Windows(of: width, stride: stride, padding, extent: input.extents[2]))
  }

  func shape(_ input: FeatureShape, _ output: FeatureShape) -> whisker_pool {
    let (rows, columns) = (input.extents[1], input.extents[2])
    return whisker_pool(
      channels: Int64(input.extents[0]), height: Int64(rows), width: Int64(columns),
      size_height: Int64(height),
      size_width: Int64(width), stride: Int64(stride),
      pad_top: Int64(Windows(of: height, stride: stride, padding, extent: rows).before),
      pad_left: Int64(Windows(of: width, stride: stride, padding, extent: columns).before),
      out_height: Int64(output.extents[1]), out_width: Int64(output.extents[2]))
  }
}

/// A pool over windows of a map.
package protocol WindowPoolKind: LayerKind {
  var window: PoolWindow { get set }
  static var name: String { get }
  static var function: Pool.Function { get }
  init(window: PoolWindow)
  func exported(_ window: InferenceGraph.Window) -> InferenceGraph.Operation
}

extension WindowPoolKind {
  package init(size: Int) { self.init(window: PoolWindow(size: size)) }
  package init(from options: LayerOptions) throws { self.init(window: try PoolWindow(from: options)) }
  package func write(to options: inout LayerOptionsWriter) throws { try window.write(to: &options) }
  package var sizes: [Int] { window.sizes }
  package func output(of input: FeatureShape, classCount: Int) throws(NetworkError) -> FeatureShape {
    try window.output(of: input)
  }
  package var description: String { "\(Self.name) \(window.words)" }
  package func describe(
    _ place: InferenceGraph.Place, _ input: InferenceGraph.Value, in graph: inout InferenceGraph
  ) -> InferenceGraph.Value {
    graph.append(Self.type, exported(window.exported(place.input)), [input], place)
  }
  package func build(_ place: LayerPlace) -> (any Layer)? {
    Pool(Self.function, window.shape(place.input, place.output), place)
  }
}

/// The maximum of each window; its gradient goes to the first of the largest values.
package struct MaxPoolKind: WindowPoolKind {
  package static let type = "max_pool"
  package static let name = "max-pool"
  package static let function = Pool.Function.maximum
  package var window: PoolWindow

  package init(window: PoolWindow) { self.window = window }
  package func exported(_ window: InferenceGraph.Window) -> InferenceGraph.Operation { .maximumPool(window) }
}

/// The mean of each window, over the values that are not padding.
package struct AveragePoolKind: WindowPoolKind {
  package static let type = "average_pool"
  package static let name = "average-pool"
  package static let function = Pool.Function.average
  package var window: PoolWindow

  package init(window: PoolWindow) { self.window = window }
  package func exported(_ window: InferenceGraph.Window) -> InferenceGraph.Operation { .averagePool(window) }
}

/// A pool over the whole map: one value per channel, as a vector.
package protocol GlobalPoolKind: LayerKind {
  init()
  var function: Pool.Function { get }
  var exported: InferenceGraph.Operation { get }
}

extension GlobalPoolKind {
  package init(from options: LayerOptions) throws { self.init() }
  package func write(to options: inout LayerOptionsWriter) throws {}
  package func output(of input: FeatureShape, classCount: Int) throws(NetworkError) -> FeatureShape {
    guard case .map(let channels, _, _) = input else { throw .needsMap }
    return .vector(channels)
  }
  package func describe(
    _ place: InferenceGraph.Place, _ input: InferenceGraph.Value, in graph: inout InferenceGraph
  ) -> InferenceGraph.Value {
    graph.append(Self.type, exported, [input], place)
  }
  package func build(_ place: LayerPlace) -> (any Layer)? {
    let (height, width) = (Int64(place.input.extents[1]), Int64(place.input.extents[2]))
    let shape = whisker_pool(
      channels: Int64(place.input.extents[0]), height: height, width: width, size_height: height,
      size_width: width, stride: 1, pad_top: 0, pad_left: 0, out_height: 1, out_width: 1)
    return Pool(function, shape, place)
  }
}

/// The mean of each channel (Lin, Chen & Yan, "Network In Network", 2013).
package struct GlobalAveragePoolKind: GlobalPoolKind {
  package static let type = "global_average_pool"
  package var description: String { "global average-pool" }
  package var function: Pool.Function { .average }
  package var exported: InferenceGraph.Operation { .globalAveragePool }
  package init() {}
}

/// The maximum of each channel.
package struct GlobalMaxPoolKind: GlobalPoolKind {
  package static let type = "global_max_pool"
  package var description: String { "global max-pool" }
  package var function: Pool.Function { .maximum }
  package var exported: InferenceGraph.Operation { .globalMaximumPool }
  package init() {}
}

/// Pools the windows of a map.
package final class Pool: Layer {
  package enum Function {
    case maximum, average
  }

  private let function: Function
  private let shape: whisker_pool
  private let pool: ComputePool
  private let output: Activations
  private let inputGradient: Activations
  /// The position of each maximum in its map.
  private let argmaxes: Buffer<Int32>

  init(_ function: Function, _ shape: whisker_pool, _ place: LayerPlace) {
    (self.function, self.shape, pool) = (function, shape, place.pool)
    output = Activations(features: place.output.count, capacity: place.capacity)
    inputGradient = Activations(features: place.input.count, capacity: place.capacity)
    argmaxes = Buffer(count: function == .maximum ? blockCount(place.capacity) * output.blockStride : 0)
  }

  package func forward(_ input: Activations, count: Int, pass: Pass) -> Activations {
    withUnsafePointer(to: shape) { shape in
      pool.run(blockCount(count)) { block, _ in
        switch function {
        case .maximum:
          whisker_window_max_forward(
            shape, input.block(block), output.block(block), argmaxes.elements + block * output.blockStride)
        case .average: whisker_window_average_forward(shape, input.block(block), output.block(block))
        }
      }
    }
    return output
  }

  package func backward(
    _ gradient: Activations, count: Int, needsInputGradient: Bool, step: FusedStep?
  ) -> Activations? {
    guard needsInputGradient else { return nil }
    withUnsafePointer(to: shape) { shape in
      pool.run(blockCount(count)) { block, _ in
        switch function {
        case .maximum:
          whisker_window_max_backward(
            shape, gradient.block(block), argmaxes.elements + block * output.blockStride,
            inputGradient.block(block))
        case .average:
          whisker_window_average_backward(shape, gradient.block(block), inputGradient.block(block))
        }
      }
    }
    return inputGradient
  }
}
