import WhiskerCore
import WhiskerNN

/// Networks of random layers, for comparisons of two implementations.
struct RandomNetwork {
  let input: FeatureShape
  private(set) var layers: [LayerSpecification] = []
  private var shape: FeatureShape
  private var random: RandomStream

  static let classCount = 7

  init(seed: UInt64) {
    random = RandomStream(seed: seed, purpose: .samples)
    input = .map(
      channels: random.next(below: 2) * 2 + 1, height: 6 + random.next(below: 24),
      width: 6 + random.next(below: 24))
    shape = input
    for _ in 0..<(3 + random.next(below: 7)) { append(next()) }
    if case .map = shape {
      append(
        [
          LayerSpecification(GlobalAveragePoolKind()), LayerSpecification(GlobalMaxPoolKind()), .flatten,
        ][random.next(below: 3)])
    }
    if random.next(below: 2) == 0 {
      layers += [
        .dense(units: 3 + random.next(below: 40)), LayerSpecification(BatchNormKind()), activation(),
      ]
    }
    layers.append(.dense(units: nil))
  }

  /// Appends a layer if it fits.
  private mutating func append(_ layer: LayerSpecification) {
    guard let output = try? layer.output(of: shape, classCount: Self.classCount) else { return }
    layers.append(layer)
    shape = output
  }

  private var channels: Int { shape.extents[0] }

  private mutating func next() -> LayerSpecification {
    switch random.next(below: 12) {
    case 0, 1, 2: LayerSpecification(convolution())
    case 3, 4: LayerSpecification(depthwise())
    case 5: LayerSpecification(BatchNormKind())
    case 6, 7: activation()
    case 8, 9: residual()
    case 10: LayerSpecification(maximumPool())
    default: LayerSpecification(averagePool())
    }
  }

  private mutating func padding() -> ConvolutionKind.Padding {
    [.valid, .same, .fixed(1), .fixed(2)][random.next(below: 4)]
  }

  private mutating func convolution() -> ConvolutionKind {
    var kind = ConvolutionKind(filters: 1 + random.next(below: 45), kernel: 1 + random.next(below: 5))
    if random.next(below: 3) == 0 { kind.width = 1 + random.next(below: 5) }
    (kind.stride, kind.padding) = (1 + random.next(below: 3) % 2, padding())
    kind.hasBias = random.next(below: 2) == 0
    let divisors = (1...channels).filter { channels % $0 == 0 }
    if random.next(below: 4) == 0 {
      kind.groups = divisors[random.next(below: divisors.count)]
      kind.filters = kind.groups * (1 + random.next(below: 3))
    }
    return kind
  }

  private mutating func depthwise() -> ConvolutionKind {
    var kind = ConvolutionKind(filters: channels, kernel: [3, 5, 3, 5, 2, 7][random.next(below: 6)])
    (kind.groups, kind.stride, kind.padding) = (channels, 1 + random.next(below: 3) % 2, padding())
    return kind
  }

  private mutating func maximumPool() -> MaxPoolKind {
    var kind = MaxPoolKind(size: 2 + random.next(below: 3))
    (kind.window.stride, kind.window.padding) = (1 + random.next(below: 3), padding())
    return kind
  }

  private mutating func averagePool() -> AveragePoolKind {
    var kind = AveragePoolKind(size: 2 + random.next(below: 3))
    (kind.window.stride, kind.window.padding) = (1 + random.next(below: 3), padding())
    return kind
  }

  private mutating func activation() -> LayerSpecification {
    [
      .relu, LayerSpecification(ActivationKind.ReLU6()),
      LayerSpecification(ActivationKind.LeakyReLU(slope: 0.2)),
      LayerSpecification(ActivationKind.SiLU()), LayerSpecification(ActivationKind.HardSwish()),
    ][random.next(below: 5)]
  }

  /// A block whose body keeps the shape, or whose shortcut is a convolution too.
  private mutating func residual() -> LayerSpecification {
    let isPlain = random.next(below: 2) == 0
    let filters = isPlain ? channels : 1 + random.next(below: 40)
    var body: [LayerSpecification] = []
    if random.next(below: 2) == 0 {
      var expansion = ConvolutionKind(filters: 20 + random.next(below: 40), kernel: 1)
      expansion.hasBias = false
      var depthwise = ConvolutionKind(filters: expansion.filters, kernel: 3)
      (depthwise.groups, depthwise.padding) = (expansion.filters, .same)
      body += [
        LayerSpecification(expansion), LayerSpecification(BatchNormKind()), activation(),
        LayerSpecification(depthwise), LayerSpecification(BatchNormKind()), activation(),
      ]
    }
    var last = ConvolutionKind(filters: filters, kernel: 1 + 2 * random.next(below: 2))
    last.padding = .same
    body += [LayerSpecification(last), LayerSpecification(BatchNormKind())]
    if random.next(below: 3) == 0 { body.append(activation()) }
    var shortcut: [LayerSpecification] = []
    if !isPlain {
      shortcut = [LayerSpecification(ConvolutionKind(filters: filters, kernel: 1))]
      if random.next(below: 2) == 0 { shortcut.append(LayerSpecification(BatchNormKind())) }
    }
    return LayerSpecification(ResidualKind(body: body, shortcut: shortcut))
  }
}

extension Network {
  /// Random parameters, and statistics of batch norm that are not those of the start.
  func randomize(seed: UInt64) {
    initialize(seed: seed)
    var random = RandomStream(seed: seed, purpose: .samples, step: 1)
    func unit() -> Float { Float(random.next(below: 1 << 20)) / Float(1 << 20) }
    for parameter in parameters where parameter.value.shape.count == 1 {
      for index in 0..<parameter.value.count {
        parameter.value[index] =
          parameter.name.hasSuffix("weight") ? (unit() < 0.2 ? -1 : 1) * (0.5 + unit()) : unit() - 0.5
      }
    }
    for buffer in buffers {
      for index in 0..<buffer.values.count {
        buffer.values[index] = buffer.name.hasSuffix("var") ? 0.3 + unit() : unit() - 0.5
      }
    }
  }
}
