/// One layer of a network, as data.
public enum LayerSpecification: Sendable, Equatable {
  /// A convolution with square kernels, stride 1 and no padding.
  case convolution(filters: Int, kernel: Int)
  /// Max-pool with `size` x `size` windows and the same stride. Incomplete windows at the edges are ignored.
  case maxPool(size: Int)
  /// max(x, 0)
  case relu
  /// Inverted dropout: in training, a value is zeroed with probability `rate` and otherwise divided by 1 - `rate`
  /// (Srivastava et al., 2014).
  case dropout(rate: Double)
  /// Dropout of whole channels of a map, because neighbouring values are strongly correlated (Tompson et al., "Efficient
  /// Object Localization Using Convolutional Networks", CVPR 2015).
  case spatialDropout(rate: Double)
  /// In training, multiplies each value by a normal random number with mean 1 and variance `rate` / (1 - `rate`), those of
  /// the factors of inverted dropout (Srivastava et al., 2014, section 10).
  case gaussianDropout(rate: Double)
  /// A map as a vector, in the order channel, row, column.
  case flatten
  /// A fully connected layer. If `units` is nil, it has one unit per class.
  case dense(units: Int?)
  /// A fully connected layer that, in training, drops each weight with probability `rate` and otherwise divides it by 1 -
  /// `rate` (Wan et al., "Regularization of Neural Networks using DropConnect", ICML 2013).
  case dropConnect(units: Int?, rate: Double)

  /// Whether every output depends on every input.
  var isDense: Bool {
    switch self {
    case .dense, .dropConnect: true
    default: false
    }
  }

  /// The dropout rate; nil for a layer without one.
  public var dropoutRate: Double? {
    switch self {
    case .dropout(let rate), .spatialDropout(let rate), .gaussianDropout(let rate),
      .dropConnect(_, let rate):
      rate
    case .convolution, .maxPool, .relu, .flatten, .dense: nil
    }
  }

  /// The same layer with another dropout rate, if it has one.
  func withDropoutRate(_ rate: Double) -> LayerSpecification {
    switch self {
    case .dropout: .dropout(rate: rate)
    case .spatialDropout: .spatialDropout(rate: rate)
    case .gaussianDropout: .gaussianDropout(rate: rate)
    case .dropConnect(let units, _): .dropConnect(units: units, rate: rate)
    case .convolution, .maxPool, .relu, .flatten, .dense: self
    }
  }

  /// The largest dropout rate. Masks have a resolution of 1/65536.
  public static let rateLimit = 0.999

  /// The output shape for an input shape.
  /// - Throws: `NetworkError` when the layer does not accept that shape, or an option is out of range.
  func output(of input: FeatureShape, classCount: Int) throws(NetworkError) -> FeatureShape {
    guard (0...Self.rateLimit).contains(dropoutRate ?? 0) else {
      throw NetworkError("has a rate that is not between 0 and \(Self.rateLimit)")
    }
    switch (self, input) {
    case (.convolution(let filters, let kernel), .map(_, let height, let width)):
      guard filters > 0, kernel > 0 else {
        throw NetworkError("needs at least one filter and a kernel of at least 1")
      }
      guard kernel <= height, kernel <= width else {
        throw NetworkError("has a kernel of \(kernel)x\(kernel), which does not fit into \(width)x\(height)")
      }
      return .map(channels: filters, height: height - kernel + 1, width: width - kernel + 1)
    case (.maxPool(let size), .map(let channels, let height, let width)):
      guard size > 0, size <= height, size <= width else {
        throw NetworkError("has windows of \(size)x\(size), which do not fit into \(width)x\(height)")
      }
      return .map(channels: channels, height: height / size, width: width / size)
    case (.relu, _), (.dropout, _), (.gaussianDropout, _), (.spatialDropout, .map):
      return input
    case (.flatten, _):
      return .vector(input.count)
    case (.dense(let units), .vector), (.dropConnect(let units, _), .vector):
      guard units ?? classCount > 0 else { throw NetworkError("needs at least one unit") }
      return .vector(units ?? classCount)
    case (.convolution, .vector), (.maxPool, .vector), (.spatialDropout, .vector):
      throw NetworkError("needs a feature map, but a flatten or dense layer comes before it")
    case (.dense, .map), (.dropConnect, .map):
      throw NetworkError("needs a vector: put a flatten layer before it")
    }
  }

  /// The number of weights and biases.
  public func parameterCount(input: FeatureShape, output: FeatureShape) -> Int {
    switch (self, input, output) {
    case (.convolution(let filters, let kernel), .map(let channels, _, _), _):
      filters * (channels * kernel * kernel + 1)
    case (.dense, _, _), (.dropConnect, _, _):
      output.count * (input.count + 1)
    default: 0
    }
  }
}

extension LayerSpecification: CustomStringConvertible {
  /// A short description: "convolution 32 3x3", "dropout 0.25".
  public var description: String {
    switch self {
    case .convolution(let filters, let kernel): "convolution \(filters) \(kernel)x\(kernel)"
    case .maxPool(let size): "max-pool \(size)x\(size)"
    case .relu: "ReLU"
    case .dropout(let rate): "dropout \(rate)"
    case .spatialDropout(let rate): "spatial dropout \(rate)"
    case .gaussianDropout(let rate): "Gaussian dropout \(rate)"
    case .flatten: "flatten"
    case .dense(let units): units.map { "dense \($0)" } ?? "dense (one per class)"
    case .dropConnect(let units, let rate):
      (units.map { "DropConnect \($0)" } ?? "DropConnect (one per class)") + ", rate \(rate)"
    }
  }
}
