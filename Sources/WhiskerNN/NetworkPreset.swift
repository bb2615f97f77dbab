/// The networks that Whisker knows by name.
public enum NetworkPreset: String, Sendable, CaseIterable {
  /// The tutorial's code: one convolution, one max-pool, two dropout layers, two dense layers, softmax.
  case dropoutCNN = "dropout-cnn"
  /// The tutorial's prose, which counts other layers than its code has: two convolutions, two max-pools, one dropout,
  /// three dense layers, softmax.
  case deepDropoutCNN = "deep-dropout-cnn"
  /// Keras's example `mnist_convnet`.
  case mnistConvnet = "mnist-convnet"

  /// The layers.
  public var specification: NetworkSpecification {
    NetworkSpecification(layers: layers)
  }

  private var layers: [LayerSpecification] {
    switch self {
    case .dropoutCNN:
      [
        .convolution(filters: 32, kernel: 3), .relu, .maxPool(size: 2), .dropout(rate: 0.25), .flatten,
        .dense(units: 128), .relu, .dropout(rate: 0.5), .dense(units: nil),
      ]
    case .deepDropoutCNN:
      [
        .convolution(filters: 32, kernel: 3), .relu, .maxPool(size: 2), .convolution(filters: 64, kernel: 3),
        .relu,
        .maxPool(size: 2), .flatten, .dense(units: 128), .relu, .dropout(rate: 0.5), .dense(units: 64), .relu,
        .dense(units: nil),
      ]
    case .mnistConvnet:
      [
        .convolution(filters: 32, kernel: 3), .relu, .maxPool(size: 2), .convolution(filters: 64, kernel: 3),
        .relu,
        .maxPool(size: 2), .flatten, .dropout(rate: 0.5), .dense(units: nil),
      ]
    }
  }
}
