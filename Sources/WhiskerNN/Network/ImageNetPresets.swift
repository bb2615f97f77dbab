/// The built-in networks whose weights are published, trained on the 1000 classes of ImageNet. They begin with the
/// normalisation of pixels that these weights expect.
enum ImageNetPresets {
  /// EfficientNet-Lite (Liu & Tan, "Higher accuracy on vision models with EfficientNet-Lite", 2020): EfficientNet (Tan & Le, ICML
  /// 2019) without squeeze and excitation, with ReLU6, and with an unscaled stem and head.
  /// - Parameter width: The factor of the number of channels.
  /// - Parameter depth: The factor of the number of blocks.
  static func efficientNetLite(width: Double, depth: Double, dropout: Double) -> [LayerSpecification] {
    // (v - 127) / 128 of a pixel v, where the network's input is v / 255 - 1/2.
    let rescale = RescaleKind(scale: .all(255.0 / 128), offset: .all(0.5 / 128))
    let stages: [Stage] = [
      Stage(1, 16, 1, 1, 3), Stage(6, 24, 2, 2, 3), Stage(6, 40, 2, 2, 5), Stage(6, 80, 3, 2, 3),
      Stage(6, 112, 3, 1, 5), Stage(6, 192, 4, 2, 5), Stage(6, 320, 1, 1, 3),
    ]
    let norm = norm(epsilon: 1e-3)
    var layers = [LayerSpecification(rescale)] + convolution(32, kernel: 3, stride: 2, .same) + [norm, relu6]
    var channels = 32
    for (index, stage) in stages.enumerated() {
      let isEnd = index == 0 || index == stages.count - 1
      var stage = stage
      stage.filters = multipleOf8(width * Double(stage.filters))
      stage.count = isEnd ? stage.count : Int((depth * Double(stage.count)).rounded(.up))
      layers += inverted(stage, &channels, norm) { _ in .same }
    }
    return layers + convolution(1280, kernel: 1) + [
      norm, relu6, LayerSpecification(GlobalAveragePoolKind()), .dropout(rate: dropout), .dense(units: nil),
    ]
  }

  /// The layers of torchvision's `mobilenet_v2` (Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", CVPR
  /// 2018).
  static var mobileNetV2: [LayerSpecification] {
    let stages: [Stage] = [
      Stage(1, 16, 1, 1, 3), Stage(6, 24, 2, 2, 3), Stage(6, 32, 3, 2, 3), Stage(6, 64, 4, 2, 3),
      Stage(6, 96, 3, 1, 3), Stage(6, 160, 3, 2, 3), Stage(6, 320, 1, 1, 3),
    ]
    let norm = norm()
    var layers =
      [LayerSpecification(RescaleKind.imageNet)] + convolution(32, kernel: 3, stride: 2, .fixed(1)) + [
        norm, relu6,
      ]
    var channels = 32
    for stage in stages { layers += inverted(stage, &channels, norm) { .fixed($0 / 2) } }
    return layers + convolution(1280, kernel: 1) + [
      norm, relu6, LayerSpecification(GlobalAveragePoolKind()), .dropout(rate: 0.2), .dense(units: nil),
    ]
  }

  /// A group of inverted residual blocks.
  private struct Stage {
    /// The factor of the channels inside a block.
    let expansion: Int
    var filters: Int
    /// The number of blocks.
    var count: Int
    /// The stride of the first block.
    let stride: Int
    let kernel: Int

    init(_ expansion: Int, _ filters: Int, _ count: Int, _ stride: Int, _ kernel: Int) {
      (self.expansion, self.filters, self.count) = (expansion, filters, count)
      (self.stride, self.kernel) = (stride, kernel)
    }
  }

  /// The blocks of a stage: 1x1 convolution to more channels, depthwise convolution, 1x1 convolution to the filters. Where
  /// the shape stays the same, the input is added.
  private static func inverted(
    _ stage: Stage, _ channels: inout Int, _ norm: LayerSpecification,
    padding: (_ kernel: Int) -> ConvolutionKind.Padding
  ) -> [LayerSpecification] {
    var layers: [LayerSpecification] = []
    for index in 0..<stage.count {
      let (inner, stride) = (stage.expansion * channels, index == 0 ? stage.stride : 1)
      let expansion = stage.expansion == 1 ? [] : convolution(inner, kernel: 1) + [norm, relu6]
      let body =
        expansion
        + convolution(inner, kernel: stage.kernel, stride: stride, padding(stage.kernel), groups: inner)
        + [norm, relu6] + convolution(stage.filters, kernel: 1) + [norm]
      let isResidual = stride == 1 && channels == stage.filters
      layers += isResidual ? [LayerSpecification(ResidualKind(body: body))] : body
      channels = stage.filters
    }
    return layers
  }

  /// The multiple of 8 that is nearest, and not more than a tenth below.
  private static func multipleOf8(_ channels: Double) -> Int {
    let rounded = max(8, Int(channels + 4) / 8 * 8)
    return Double(rounded) < 0.9 * channels ? rounded + 8 : rounded
  }

  private static let relu6 = LayerSpecification(ActivationKind.ReLU6())

  private static func norm(epsilon: Double = 1e-5) -> LayerSpecification {
    var kind = BatchNormKind()
    kind.epsilon = epsilon
    return LayerSpecification(kind)
  }

  /// A convolution without bias.
  private static func convolution(
    _ filters: Int, kernel: Int, stride: Int = 1, _ padding: ConvolutionKind.Padding = .valid, groups: Int = 1
  ) -> [LayerSpecification] {
    var kind = ConvolutionKind(filters: filters, kernel: kernel)
    (kind.stride, kind.padding, kind.groups, kind.hasBias) = (stride, padding, groups, false)
    return [LayerSpecification(kind)]
  }
}

extension RescaleKind {
  /// The normalisation by ImageNet's mean and standard deviation, where the network's input is v / 255 - 1/2.
  package static var imageNet: RescaleKind {
    let (means, deviations) = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    return RescaleKind(
      scale: .each(deviations.map { 1 / $0 }), offset: .each(zip(means, deviations).map { (0.5 - $0) / $1 }))
  }
}
