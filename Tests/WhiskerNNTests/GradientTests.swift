import Foundation
import TestSupport
import Testing
import WhiskerCore

import WhiskerNN

/// The kernels' gradients, compared to central differences of the reference network in double precision.
@Suite(.enabled(if: isOptimized, "\(needsOptimization)")) struct GradientTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let name: String
    let layers: [LayerSpecification]
    var channels = 1
    var side = 8
    var count = 5
    var testDescription: String { name }
  }

  static let cases = [
    Case(name: "dense", layers: [.flatten, .dense(units: nil)], side: 3),
    Case(name: "two dense layers", layers: [.flatten, .dense(units: 7), .relu, .dense(units: nil)], side: 4),
    Case(
      name: "dense layers wider than a tile",
      layers: [.flatten, .dense(units: 70), .relu, .dense(units: nil)], side: 9),
    Case(
      name: "dense layers of several groups of features, several blocks, most of the gradient dropped",
      layers: [.flatten, .dense(units: 21), .relu, .dropout(rate: 0.6), .dense(units: nil)], side: 13,
      count: 35),
    Case(name: "convolution", layers: [.convolution(filters: 4, kernel: 3), .flatten, .dense(units: nil)]),
    Case(
      name: "convolution of colour",
      layers: [.convolution(filters: 3, kernel: 2), .flatten, .dense(units: nil)], channels: 3),
    Case(
      name: "two convolutions without pooling",
      layers: [
        .convolution(filters: 3, kernel: 3), .relu, .convolution(filters: 5, kernel: 2), .flatten,
        .dense(units: nil),
      ]),
    Case(
      name: "max-pool",
      layers: [.convolution(filters: 2, kernel: 1), .maxPool(size: 3), .flatten, .dense(units: nil)]),
    Case(name: "dropout on the input", layers: [.dropout(rate: 0.4), .flatten, .dense(units: nil)]),
    Case(
      name: "dropout between",
      layers: [.convolution(filters: 2, kernel: 3), .dropout(rate: 0.5), .flatten, .dense(units: nil)]),
    Case(
      name: "fused convolution, ReLU and max-pool",
      layers: [.convolution(filters: 5, kernel: 3), .relu, .maxPool(size: 2), .flatten, .dense(units: nil)],
      side: 9),
    Case(
      name: "fused, in colour, many filters",
      layers: [.convolution(filters: 37, kernel: 3), .relu, .maxPool(size: 2), .flatten, .dense(units: nil)],
      channels: 3,
      side: 7, count: 3),
    Case(
      name: "fused twice",
      layers: [
        .convolution(filters: 6, kernel: 3), .relu, .maxPool(size: 2), .convolution(filters: 17, kernel: 3),
        .relu,
        .maxPool(size: 2), .flatten, .dense(units: nil),
      ], side: 14, count: 3),
    Case(
      name: "fused twice, many channels between, several blocks",
      layers: [
        .convolution(filters: 19, kernel: 3), .relu, .maxPool(size: 2), .dropout(rate: 0.3),
        .convolution(filters: 6, kernel: 3), .relu, .maxPool(size: 2), .dropout(rate: 0.4), .flatten,
        .dense(units: nil),
      ], side: 12, count: 17),
    Case(
      name: "fused twice, many channels and many filters, several blocks",
      layers: [
        .convolution(filters: 17, kernel: 3), .relu, .maxPool(size: 2), .convolution(filters: 29, kernel: 3),
        .relu, .maxPool(size: 2), .dropout(rate: 0.4), .flatten, .dense(units: nil),
      ], side: 12, count: 17),
    Case(
      name: "fused by Winograd's products",
      layers: [
        .convolution(filters: 16, kernel: 1), .relu, .convolution(filters: 24, kernel: 3), .relu,
        .maxPool(size: 2), .dropout(rate: 0.4), .flatten, .dense(units: nil),
      ], side: 12, count: 2),
    Case(
      name: "fused on a map of many channels that is not pooled",
      layers: [
        .convolution(filters: 11, kernel: 2), .relu, .convolution(filters: 5, kernel: 3), .relu,
        .maxPool(size: 2), .flatten, .dense(units: nil),
      ], side: 9, count: 3),
    Case(
      name: "spatial dropout",
      layers: [
        .convolution(filters: 11, kernel: 3), .spatialDropout(rate: 0.4), .flatten, .dense(units: nil),
      ]),
    Case(
      name: "spatial dropout after fused layers, several blocks",
      layers: [
        .convolution(filters: 9, kernel: 3), .relu, .maxPool(size: 2), .spatialDropout(rate: 0.5), .flatten,
        .dense(units: nil),
      ], count: 18),
    Case(
      name: "spatial dropout of colours",
      layers: [
        .spatialDropout(rate: 0.3), .convolution(filters: 2, kernel: 3), .relu, .maxPool(size: 2), .flatten,
        .dense(units: nil),
      ], channels: 3),
    Case(
      name: "dropout on the input of fused layers",
      layers: [
        .dropout(rate: 0.3), .convolution(filters: 3, kernel: 3), .relu, .maxPool(size: 2), .flatten,
        .dense(units: nil),
      ], channels: 3),
    Case(
      name: "Gaussian dropout on the input",
      layers: [.gaussianDropout(rate: 0.4), .flatten, .dense(units: nil)], side: 7, count: 17),
    Case(
      name: "Gaussian dropout between layers",
      layers: [
        .convolution(filters: 3, kernel: 2), .relu, .maxPool(size: 2), .gaussianDropout(rate: 0.2), .flatten,
        .dense(units: 7), .relu, .gaussianDropout(rate: 0.5), .dense(units: nil),
      ]),
    Case(name: "DropConnect", layers: [.flatten, .dropConnect(units: nil, rate: 0.5)], side: 3),
    Case(
      name: "DropConnect twice, several blocks",
      layers: [.flatten, .dropConnect(units: 11, rate: 0.3), .relu, .dropConnect(units: nil, rate: 0.5)],
      side: 5, count: 35),
    Case(
      name: "DropConnect with several tasks",
      layers: [
        .convolution(filters: 3, kernel: 1), .relu, .flatten, .dropConnect(units: 21, rate: 0.5), .relu,
        .dense(units: nil),
      ], side: 11, count: 18),
    Case(
      name: "DropConnect that drops nothing", layers: [.flatten, .dropConnect(units: nil, rate: 0)], side: 4),
    Case(
      name: "convolution, stride 2, same padding, no bias",
      layers: [
        .convolution(.with(5, 3) { ($0.stride, $0.padding, $0.hasBias) = (2, .same, false) }), .relu,
        .convolution(.with(4, 3) { ($0.stride, $0.padding) = (2, .same) }), .flatten, .dense(units: nil),
      ], channels: 3, side: 9, count: 3),
    Case(
      name: "convolution, stride 3, fixed padding, rectangular kernel",
      layers: [
        .convolution(.with(5, 3) { $0.padding = .same }),
        .convolution(.with(7, 3) { ($0.width, $0.stride, $0.padding) = (5, 3, .fixed(1)) }), .flatten,
        .dense(units: nil),
      ], side: 10, count: 18),
    Case(
      name: "convolution, groups and 1x1, stride over the kernel",
      layers: [
        .convolution(.with(6, 1) { $0.padding = .valid }),
        .convolution(.with(9, 3) { ($0.groups, $0.padding) = (3, .same) }),
        .convolution(.with(9, 3) { ($0.groups, $0.padding) = (9, .same) }),
        .convolution(.with(4, 1) { $0.stride = 2 }), .flatten, .dense(units: nil),
      ], side: 7, count: 3),
    Case(
      name: "convolution by Winograd's products, same padding, parts of tiles",
      layers: [
        .convolution(filters: 16, kernel: 1), .relu,
        .convolution(.with(19, 3) { ($0.padding, $0.hasBias) = (.same, false) }), .relu,
        .convolution(.with(16, 3) { $0.padding = .fixed(2) }), LayerSpecification(GlobalAveragePoolKind()),
        .dense(units: nil),
      ], side: 5, count: 2),
    Case(
      name: "convolution by Winograd's products, no padding, several blocks",
      layers: [
        .convolution(filters: 17, kernel: 1), .relu, .convolution(filters: 33, kernel: 3),
        LayerSpecification(GlobalAveragePoolKind()), .dense(units: nil),
      ], side: 7, count: 18),
    Case(
      name: "convolution by Winograd's products and max-pool, odd sides, several blocks",
      layers: [
        .convolution(filters: 16, kernel: 1), .relu, .convolution(.with(17, 3) { $0.padding = .same }),
        .maxPool(size: 2), .relu, .flatten, .dense(units: nil),
      ], side: 7, count: 17),
    Case(
      name: "convolution by Winograd's products and max-pool, no padding",
      layers: [
        .convolution(filters: 16, kernel: 1), .relu, .convolution(.with(16, 3) { $0.hasBias = false }),
        .maxPool(size: 2), .flatten, .dense(units: nil),
      ], side: 8, count: 2),
    Case(
      name: "batch norm of maps and vectors, spare lanes",
      layers: [
        .convolution(filters: 5, kernel: 3), .batchNorm, .relu, .maxPool(size: 2), .flatten, .dense(units: 6),
        .batchNorm, .relu, .dense(units: nil),
      ], side: 8, count: 19),
    Case(
      name: "batch norm, activations of every kind after it, and the end of residual blocks",
      layers: [
        .convolution(filters: 5, kernel: 1), .batchNorm, LayerSpecification(ActivationKind.ReLU6()),
        LayerSpecification(
          ResidualKind(body: [.convolution(.with(5, 3) { $0.padding = .same }), .batchNorm, .relu])),
        LayerSpecification(
          ResidualKind(
            body: [.batchNorm, LayerSpecification(ActivationKind.LeakyReLU(slope: 0.2))],
            shortcut: [.convolution(filters: 5, kernel: 1), .batchNorm])),
        LayerSpecification(GlobalAveragePoolKind()), .dense(units: 6), .batchNorm, .relu, .dense(units: nil),
      ], side: 5, count: 19),
    Case(
      name: "activations",
      layers: [
        .convolution(filters: 3, kernel: 3), LayerSpecification(ActivationKind.SiLU()),
        .convolution(filters: 3, kernel: 2), LayerSpecification(ActivationKind.HardSwish()),
        .convolution(filters: 3, kernel: 2), LayerSpecification(ActivationKind.LeakyReLU(slope: 0.2)),
        .flatten,
        .dense(units: 9), LayerSpecification(ActivationKind.ReLU6()), .dense(units: nil),
      ], side: 8, count: 3),
    Case(
      name: "max-pool of 2x2 that is not fused, odd sides",
      layers: [
        .convolution(filters: 3, kernel: 2), .batchNorm, .relu, .maxPool(size: 2), .flatten,
        .dense(units: nil),
      ], side: 8, count: 18),
    Case(
      name: "depthwise convolutions, stride 2, two filters per channel, several columns",
      layers: [
        .convolution(filters: 3, kernel: 1),
        .convolution(.with(3, 3) { ($0.groups, $0.padding, $0.hasBias) = (3, .same, false) }), .relu,
        .convolution(.with(6, 5) { ($0.groups, $0.padding, $0.stride) = (3, .same, 2) }), .relu,
        .convolution(.with(7, 1) { $0.hasBias = false }), .flatten, .dense(units: nil),
      ], side: 11, count: 18),
    Case(
      name: "inverted residual blocks without batch norm",
      layers: [
        .convolution(.with(3, 3) { ($0.padding, $0.stride) = (.same, 2) }),
        LayerSpecification(ActivationKind.ReLU6()), .convolution(.with(3, 1) { $0.padding = .valid }),
        LayerSpecification(
          ResidualKind(body: [
            .convolution(filters: 9, kernel: 1), LayerSpecification(ActivationKind.ReLU6()),
            .convolution(.with(9, 3) { ($0.groups, $0.padding) = (9, .same) }),
            LayerSpecification(ActivationKind.LeakyReLU(slope: 0.3)), .convolution(filters: 3, kernel: 1),
          ])),
        .relu, LayerSpecification(GlobalAveragePoolKind()), .dense(units: nil),
      ], channels: 3, side: 9, count: 18),
    Case(
      name: "convolution with more taps than a product takes",
      layers: [
        .convolution(filters: 33, kernel: 1), .relu, .convolution(.with(9, 4) { $0.stride = 2 }), .flatten,
        .dense(units: nil),
      ], side: 6, count: 17),
    Case(
      name: "pools with stride and padding",
      layers: [
        .convolution(filters: 4, kernel: 1),
        .pool(MaxPoolKind(size: 3)) { ($0.stride, $0.padding) = (2, .same) },
        .averagePool(AveragePoolKind(size: 3)) { ($0.stride, $0.padding) = (2, .fixed(1)) }, .flatten,
        .dense(units: nil),
      ], side: 11, count: 3),
    Case(
      name: "global pools",
      layers: [
        LayerSpecification(
          ResidualKind(
            body: [.convolution(.with(4, 3) { $0.padding = .same })],
            shortcut: [.convolution(.with(4, 1) { $0.hasBias = false })])), .relu,
        LayerSpecification(GlobalAveragePoolKind()), .dense(units: nil),
      ], side: 6, count: 17),
    Case(
      name: "residual blocks with batch norm, stochastic depth and a fused stage",
      layers: [
        .convolution(filters: 4, kernel: 3), .relu, .maxPool(size: 2), .dropout(rate: 0.3),
        LayerSpecification(
          ResidualKind(
            body: [
              .convolution(.with(4, 3) { ($0.padding, $0.hasBias) = (.same, false) }), .batchNorm, .relu,
              .convolution(.with(4, 3) { $0.padding = .same }), .batchNorm,
            ], dropRate: 0.4)),
        .relu, LayerSpecification(GlobalMaxPoolKind()), .dense(units: nil),
      ], channels: 3, side: 10, count: 21),
    Case(
      name: "rescaled input, maps and vectors",
      layers: [
        .rescale(.each([2, -0.5, 1.5]), .each([0.25, 1, -2])), .convolution(filters: 4, kernel: 3),
        .rescale(.all(1.5), .all(-0.25)), .relu, .flatten, .dense(units: 3),
        .rescale(.each([1, -2, 0.5]), .all(0.125)), .dense(units: nil),
      ], channels: 3, side: 7, count: 19),
    Case(name: "dropout-cnn", layers: small(.dropoutCNN), side: 10, count: 9),
    Case(name: "deep-dropout-cnn", layers: small(.deepDropoutCNN), side: 12, count: 3),
    Case(name: "mnist-convnet", layers: small(.mnistConvnet), side: 12, count: 3),
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

  @Test(arguments: cases, [true, false])
  func gradientsAgreeWithFiniteDifferences(_ test: Case, fuses: Bool) throws {
    let trial = try Trial(test, fuses: fuses)
    let logits = trial.network.forward(trial.images, count: test.count, pass: trial.pass)
    let gradient = Tensor(shape: [test.count, Trial.classCount])
    var totals = SoftmaxCrossEntropy.Totals()
    SoftmaxCrossEntropy.measure(
      logits, labels: trial.labels.map(Int32.init), classCount: Trial.classCount, gradient: gradient,
      into: &totals)
    trial.network.backward(gradient, count: test.count)

    let expected = try trial.referenceLoss(trial.parameters())
    #expect(abs(totals.lossSum / Double(test.count) - expected) < 1e-5)
    for parameter in trial.network.parameters {
      // All elements of a small parameter, and some hundred of a large one.
      let step = max(1, parameter.value.count / 150)
      for index in stride(from: 0, to: parameter.value.count, by: step) {
        let difference = try trial.difference(parameter, index)
        #expect(
          abs(Double(parameter.gradient[index]) - difference) < 2e-5 + 1e-3 * abs(difference),
          "\(parameter.name)[\(index)]")
      }
    }
  }

  /// The network of one case, with a batch of random images and non-zero biases.
  private struct Trial {
    static let classCount = 3

    let test: Case
    let network: Network
    let images: [UInt8]
    let labels: [Int]
    let pass = Pass.training(seed: 5, step: 3)
    var reference: ReferenceNetwork

    init(_ test: Case, fuses: Bool) throws {
      self.test = test
      let shape = FeatureShape.map(channels: test.channels, height: test.side, width: test.side)
      let specification = NetworkSpecification(layers: test.layers)
      network = try Network(
        specification, input: shape, classCount: Self.classCount, capacity: test.count,
        pool: ComputePool(threads: 2),
        fuses: fuses)
      var random = RandomStream(seed: 11, purpose: .samples)
      for parameter in network.parameters {
        for index in 0..<parameter.value.count { parameter.value[index] = Float(random.unit() - 0.5) }
      }
      images = (0..<test.count * shape.count).map { _ in UInt8(random.next(below: 256)) }
      labels = (0..<test.count).map { _ in random.next(below: Self.classCount) }
      reference = ReferenceNetwork(specification: specification, input: shape, classCount: Self.classCount)
      reference.masks = try masks(specification, shape)
    }

    /// The output of dropout for ones is its mask.
    private func masks(_ specification: NetworkSpecification, _ input: FeatureShape) throws -> [Int: [Double]]
    {
      let shapes = [input] + (try specification.shapes(input: input, classCount: Self.classCount))
      var masks: [Int: [Double]] = [:]
      var number = 0
      for (index, layer) in specification.layers.enumerated() {
        defer { number += layer.layerCount }
        if let residual = layer.kind as? ResidualKind, residual.dropRate > 0 {
          masks[number] = mask(number, residual.dropRate, .channels(1), features: 1)
        }
        guard let rate = layer.dropoutRate else { continue }
        let features = shapes[index].count
        switch layer.kind {
        case is DropConnectKind:
          masks[number] = weightMasks(number, rate, features: features, units: shapes[index + 1].count)
        case is SpatialDropoutKind:
          masks[number] = mask(number, rate, .channels(shapes[index].extents[0]), features: features)
        case is GaussianDropoutKind: masks[number] = mask(number, rate, .gaussian, features: features)
        default: masks[number] = mask(number, rate, .values, features: features)
        }
      }
      return masks
    }

    private func mask(_ number: Int, _ rate: Double, _ kind: Dropout.Kind, features: Int) -> [Double] {
      let dropout = Dropout(
        index: number, rate: rate, kind, features: features, capacity: test.count, pool: network.pool)
      let ones = Activations(ones: test.count, features: features)
      return dropout.forward(ones, count: test.count, pass: pass).rows(test.count).map(Double.init)
    }

    private func weightMasks(_ index: Int, _ rate: Double, features: Int, units: Int) -> [Double] {
      let layer = DropConnect(
        index: index, weight: Parameter(name: "weight", shape: [units, features]),
        bias: Parameter(name: "bias", shape: [units]), rate: rate, capacity: test.count, pool: network.pool)
      return layer.masks(test.count, pass: pass).map(Double.init)
    }

    func parameters() -> ReferenceNetwork.Parameters {
      var parameters: ReferenceNetwork.Parameters = [:]
      for parameter in network.parameters {
        parameters[parameter.name] = parameter.value.values.map(Double.init)
      }
      for buffer in network.buffers { parameters[buffer.name] = buffer.values.values.map(Double.init) }
      return parameters
    }

    func referenceLoss(_ parameters: ReferenceNetwork.Parameters) throws -> Double {
      try reference.loss(planar(), labels: labels, parameters)
    }

    func difference(_ parameter: Parameter, _ index: Int) throws -> Double {
      let h = 1e-5
      var moved = parameters()
      moved[parameter.name]![index] += h
      let above = try referenceLoss(moved)
      moved[parameter.name]![index] -= 2 * h
      return (above - (try referenceLoss(moved))) / (2 * h)
    }

    /// The normalised images: `[count, channels, height, width]`, from -1/2 to 1/2.
    private func planar() -> [Double] {
      let (pixels, channels) = (test.side * test.side, test.channels)
      return (0..<images.count).map { i in
        let (row, channel, pixel) = (i / (pixels * channels), i / pixels % channels, i % pixels)
        return Double(images[(row * pixels + pixel) * channels + channel]) / 255 - 0.5
      }
    }
  }
}

extension LayerSpecification {
  fileprivate static func convolution(_ kind: ConvolutionKind) -> LayerSpecification {
    LayerSpecification(kind)
  }
  fileprivate static func rescale(_ scale: RescaleKind.Factors, _ offset: RescaleKind.Factors)
    -> LayerSpecification
  {
    LayerSpecification(RescaleKind(scale: scale, offset: offset))
  }
  fileprivate static var batchNorm: LayerSpecification { LayerSpecification(BatchNormKind()) }
  fileprivate static func pool(_ kind: MaxPoolKind, _ change: (inout PoolWindow) -> Void)
    -> LayerSpecification
  {
    var kind = kind
    change(&kind.window)
    return LayerSpecification(kind)
  }
  fileprivate static func averagePool(
    _ kind: AveragePoolKind, _ change: (inout PoolWindow) -> Void
  ) -> LayerSpecification {
    var kind = kind
    change(&kind.window)
    return LayerSpecification(kind)
  }
}

extension ConvolutionKind {
  /// A convolution with a square kernel and other options.
  fileprivate static func with(_ filters: Int, _ kernel: Int, _ change: (inout ConvolutionKind) -> Void)
    -> ConvolutionKind
  {
    var kind = ConvolutionKind(filters: filters, kernel: kernel)
    change(&kind)
    return kind
  }
}
