/// The built-in networks with batch norm.
enum ResidualPresets {
  /// A strided convolution, three groups of {convolution, pool, residual block}, and a global pool.
  static var small: [LayerSpecification] {
    [convolution(24, stride: 2), norm, .relu] + [48, 96, 192].flatMap(group)
      + [LayerSpecification(GlobalAveragePoolKind()), .dropout(rate: 0.3), .dense(units: nil)]
  }

  private static func group(_ filters: Int) -> [LayerSpecification] {
    let body = [convolution(filters), norm, .relu, convolution(filters), norm, .relu]
    return [
      convolution(filters), .maxPool(size: 2), norm, .relu, LayerSpecification(ResidualKind(body: body)),
    ]
  }

  /// Three stages for pictures of about 28 pixels, one of them with a residual block.
  static var digits: [LayerSpecification] {
    [
      convolution(32), norm, .relu, .maxPool(size: 2),
      convolution(64), norm, .relu, LayerSpecification(ResidualKind(body: [convolution(64), norm, .relu])),
      .maxPool(size: 2),
      convolution(128), norm, .relu, LayerSpecification(GlobalAveragePoolKind()), .dropout(rate: 0.3),
      .dense(units: nil),
    ]
  }

  /// The layers of torchvision's `resnet18`.
  static var resnet18: [LayerSpecification] {
    var stem = MaxPoolKind(size: 3)
    (stem.window.stride, stem.window.padding) = (2, .fixed(1))
    return [convolution(64, kernel: 7, stride: 2), norm, .relu, LayerSpecification(stem)]
      + basicBlock(64, 64) + basicBlock(64, 64)
      + [(64, 128), (128, 256), (256, 512)].flatMap { basicBlock($0, $1) + basicBlock($1, $1) }
      + [LayerSpecification(GlobalAveragePoolKind()), .dense(units: nil)]
  }

  /// Two convolutions, with a projection as the shortcut where the shape changes.
  private static func basicBlock(_ channels: Int, _ filters: Int) -> [LayerSpecification] {
    let stride = channels == filters ? 1 : 2
    let body = [convolution(filters, stride: stride), norm, .relu, convolution(filters), norm]
    let shortcut = channels == filters ? [] : [convolution(filters, kernel: 1, stride: stride), norm]
    return [LayerSpecification(ResidualKind(body: body, shortcut: shortcut)), .relu]
  }

  private static let norm = LayerSpecification(BatchNormKind())

  /// A convolution without bias, padded as in PyTorch: half of the kernel on each side.
  private static func convolution(_ filters: Int, kernel: Int = 3, stride: Int = 1) -> LayerSpecification {
    var kind = ConvolutionKind(filters: filters, kernel: kernel)
    (kind.stride, kind.padding, kind.hasBias) = (stride, kernel > 1 ? .fixed(kernel / 2) : .valid, false)
    return LayerSpecification(kind)
  }
}
