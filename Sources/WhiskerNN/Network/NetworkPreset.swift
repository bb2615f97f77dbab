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
  /// ResNet-34, with ImageNet's normalisation.
  case resnet34
  /// ResNet-50, with ImageNet's normalisation.
  case resnet50
  /// MobileNetV2, with ImageNet's normalisation.
  case mobileNetV2 = "mobilenet-v2"
  /// EfficientNet-Lite0, for pictures of 224 pixels.
  case efficientNetLite0 = "efficientnet-lite0"
  /// EfficientNet-Lite1, for pictures of 240 pixels.
  case efficientNetLite1 = "efficientnet-lite1"
  /// EfficientNet-Lite2, for pictures of 260 pixels.
  case efficientNetLite2 = "efficientnet-lite2"
  /// EfficientNet-Lite3, for pictures of 280 pixels.
  case efficientNetLite3 = "efficientnet-lite3"
  /// EfficientNet-Lite4, for pictures of 300 pixels.
  case efficientNetLite4 = "efficientnet-lite4"

  public var specification: NetworkSpecification {
    NetworkSpecification(layers: layers)
  }

  /// The side of the RGB pictures that the published weights of the network were trained on; nil for a network that is meant
  /// to be trained from the start.
  public var pictureSide: Int? {
    switch self {
    case .dropoutCNN, .deepDropoutCNN, .mnistConvnet, .residual, .digits, .resnet18: nil
    case .resnet34, .resnet50, .mobileNetV2, .efficientNetLite0: 224
    case .efficientNetLite1: 240
    case .efficientNetLite2: 260
    case .efficientNetLite3: 280
    case .efficientNetLite4: 300
    }
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
    case .resnet34: [LayerSpecification(RescaleKind.imageNet)] + ResidualPresets.resnet34
    case .resnet50: [LayerSpecification(RescaleKind.imageNet)] + ResidualPresets.resnet50
    case .mobileNetV2: ImageNetPresets.mobileNetV2
    case .efficientNetLite0: ImageNetPresets.efficientNetLite(width: 1, depth: 1, dropout: 0.2)
    case .efficientNetLite1: ImageNetPresets.efficientNetLite(width: 1, depth: 1.1, dropout: 0.2)
    case .efficientNetLite2: ImageNetPresets.efficientNetLite(width: 1.1, depth: 1.2, dropout: 0.3)
    case .efficientNetLite3: ImageNetPresets.efficientNetLite(width: 1.2, depth: 1.4, dropout: 0.3)
    case .efficientNetLite4: ImageNetPresets.efficientNetLite(width: 1.4, depth: 1.8, dropout: 0.3)
    }
  }
}
