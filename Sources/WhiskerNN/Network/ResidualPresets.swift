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
    stem + groups([2, 2, 2, 2]) { basicBlock($0, $1) } + [
      LayerSpecification(GlobalAveragePoolKind()), .dense(units: nil),
    ]
  }

  /// The layers of torchvision's `resnet34`.
  static var resnet34: [LayerSpecification] {
    stem + groups([3, 4, 6, 3]) { basicBlock($0, $1) } + [
      LayerSpecification(GlobalAveragePoolKind()), .dense(units: nil),
    ]
  }

  /// The layers of torchvision's `resnet50`.
  static var resnet50: [LayerSpecification] {
    stem + groups([3, 4, 6, 3], expansion: 4) { bottleneck($0, $1) } + [
      LayerSpecification(GlobalAveragePoolKind()), .dense(units: nil),
    ]
  }

  /// Four groups of blocks, each of twice the filters of the one before.
  /// - Parameter expansion: The factor from the filters inside a block to those of its output.
  /// - Parameter block: The layers of a block for a number of channels and filters.
  private static func groups(
    _ counts: [Int], expansion: Int = 1, _ block: (_ channels: Int, _ filters: Int) -> [LayerSpecification]
  ) -> [LayerSpecification] {
    var channels = 64
    return zip(counts, [64, 128, 256, 512]).flatMap { count, filters in
      (0..<count).flatMap { _ in
        defer { channels = expansion * filters }
        return block(channels, filters)
      }
    }
  }

  /// Two convolutions, with a projection as the shortcut where the shape changes.
  private static func basicBlock(_ channels: Int, _ filters: Int) -> [LayerSpecification] {
    let stride = channels == filters ? 1 : 2
    let body = [convolution(filters, stride: stride), norm, .relu, convolution(filters), norm]
    let shortcut = channels == filters ? [] : [convolution(filters, kernel: 1, stride: stride), norm]
    return [LayerSpecification(ResidualKind(body: body, shortcut: shortcut)), .relu]
  }

  /// A convolution to fewer channels, one of 3x3, and one to four times as many, with a projection as the shortcut where the
  /// shape changes. As in torchvision, the 3x3 convolution has the stride.
  private static func bottleneck(_ channels: Int, _ filters: Int) -> [LayerSpecification] {
    let stride = channels == 4 * filters || channels == filters ? 1 : 2
    let body = [
      convolution(filters, kernel: 1), norm, .relu, convolution(filters, stride: stride), norm, .relu,
      convolution(4 * filters, kernel: 1), norm,
    ]
    let projection = [convolution(4 * filters, kernel: 1, stride: stride), norm]
    let shortcut = channels == 4 * filters ? [] : projection
    return [LayerSpecification(ResidualKind(body: body, shortcut: shortcut)), .relu]
  }

  /// The first layers of a ResNet.
  private static var stem: [LayerSpecification] {
    var pool = MaxPoolKind(size: 3)
    (pool.window.stride, pool.window.padding) = (2, .fixed(1))
    return [convolution(64, kernel: 7, stride: 2), norm, .relu, LayerSpecification(pool)]
  }

  private static let norm = LayerSpecification(BatchNormKind())

  /// A convolution without bias, padded as in PyTorch: half of the kernel on each side.
  private static func convolution(_ filters: Int, kernel: Int = 3, stride: Int = 1) -> LayerSpecification {
    var kind = ConvolutionKind(filters: filters, kernel: kernel)
    (kind.stride, kind.padding, kind.hasBias) = (stride, kernel > 1 ? .fixed(kernel / 2) : .valid, false)
    return LayerSpecification(kind)
  }
}
