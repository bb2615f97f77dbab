import Testing
import WhiskerNN

/// A network whose gradients are compared.
struct GradientCase: CustomTestStringConvertible, Sendable {
  let name: String
  let layers: [LayerSpecification]
  var channels = 1
  var side = 8
  var count = 5
  var testDescription: String { name }

  static let all = vectors + windows + presets

  private static let presets = [
    GradientCase(name: "dropout-cnn", layers: small(.dropoutCNN), side: 10, count: 9),
    GradientCase(name: "deep-dropout-cnn", layers: small(.deepDropoutCNN), side: 12, count: 3),
    GradientCase(name: "mnist-convnet", layers: small(.mnistConvnet), side: 12, count: 3),
  ]

  /// A preset with fewer filters and units, so that central differences are fast.
  private static func small(_ preset: NetworkPreset) -> [LayerSpecification] {
    preset.specification.layers.map { layer in
      switch layer.kind {
      case let kind as ConvolutionKind: .convolution(filters: kind.filters / 8, kernel: kind.height)
      case let kind as DenseKind: .dense(units: kind.units.map { $0 / 8 })
      default: layer
      }
    }
  }
}

extension LayerSpecification {
  static func convolution(_ kind: ConvolutionKind) -> LayerSpecification {
    LayerSpecification(kind)
  }
  static func rescale(_ scale: RescaleKind.Factors, _ offset: RescaleKind.Factors)
    -> LayerSpecification
  {
    LayerSpecification(RescaleKind(scale: scale, offset: offset))
  }
  static var globalAveragePool: LayerSpecification { LayerSpecification(GlobalAveragePoolKind()) }
  static var relu6: LayerSpecification { LayerSpecification(ActivationKind.ReLU6()) }
  static func leakyReLU(_ slope: Double) -> LayerSpecification {
    LayerSpecification(ActivationKind.LeakyReLU(slope: slope))
  }
  static var batchNorm: LayerSpecification { LayerSpecification(BatchNormKind()) }
  static func pool(_ kind: MaxPoolKind, _ change: (inout PoolWindow) -> Void)
    -> LayerSpecification
  {
    var kind = kind
    change(&kind.window)
    return LayerSpecification(kind)
  }
  static func averagePool(
    _ kind: AveragePoolKind, _ change: (inout PoolWindow) -> Void
  ) -> LayerSpecification {
    var kind = kind
    change(&kind.window)
    return LayerSpecification(kind)
  }
}

extension ConvolutionKind {
  /// A convolution with a square kernel and other options.
  static func with(_ filters: Int, _ kernel: Int, _ change: (inout ConvolutionKind) -> Void)
    -> ConvolutionKind
  {
    var kind = ConvolutionKind(filters: filters, kernel: kernel)
    change(&kind)
    return kind
  }
}
