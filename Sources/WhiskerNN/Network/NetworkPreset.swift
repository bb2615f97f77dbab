/// The built-in networks.
public enum NetworkPreset: String, Sendable, CaseIterable {
  /// One convolution, one max-pool, two dropout layers, two dense layers, softmax: the code of the tutorial.
  case dropoutCNN = "dropout-cnn"
  /// Two convolutions, two max-pools, one dropout layer, three dense layers, softmax: the text of the tutorial.
  case deepDropoutCNN = "deep-dropout-cnn"
  /// Keras's example `mnist_convnet`.
  case mnistConvnet = "mnist-convnet"
  /// A small residual network with batch norm, for pictures of 32 to 128 pixels.
  case residual
  /// Four convolutions with batch norm, for small pictures of digits and symbols.
  case digits
  /// ResNet-18 (He et al., "Deep Residual Learning for Image Recognition", CVPR 2016, table 1), for larger pictures.
  case resnet18

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
    case .residual: ResidualPresets.small
    case .digits: ResidualPresets.digits
    case .resnet18: ResidualPresets.resnet18
    }
  }
}
