import WhiskerNN

extension GradientCase {
  /// Convolutions and pools, alone, fused and in residual blocks, with what stands between them.
  static let windows: [GradientCase] = [
    GradientCase(
      name: "convolution", layers: [.convolution(filters: 4, kernel: 3), .flatten, .dense(units: nil)]),
    GradientCase(
      name: "convolution of colour",
      layers: [.convolution(filters: 3, kernel: 2), .flatten, .dense(units: nil)], channels: 3),
    GradientCase(
      name: "two convolutions without pooling",
      layers: [
        .convolution(filters: 3, kernel: 3), .relu, .convolution(filters: 5, kernel: 2), .flatten,
        .dense(units: nil),
      ]),
    GradientCase(
      name: "max-pool",
      layers: [.convolution(filters: 2, kernel: 1), .maxPool(size: 3), .flatten, .dense(units: nil)]),
    GradientCase(
      name: "fused convolution, ReLU and max-pool",
      layers: [.convolution(filters: 5, kernel: 3), .relu, .maxPool(size: 2), .flatten, .dense(units: nil)],
      side: 9),
    GradientCase(
      name: "fused, in colour, many filters",
      layers: [.convolution(filters: 37, kernel: 3), .relu, .maxPool(size: 2), .flatten, .dense(units: nil)],
      channels: 3,
      side: 7, count: 3),
    GradientCase(
      name: "fused twice",
      layers: [
        .convolution(filters: 6, kernel: 3), .relu, .maxPool(size: 2), .convolution(filters: 17, kernel: 3),
        .relu,
        .maxPool(size: 2), .flatten, .dense(units: nil),
      ], side: 14, count: 3),
    GradientCase(
      name: "fused twice, many channels between, several blocks",
      layers: [
        .convolution(filters: 19, kernel: 3), .relu, .maxPool(size: 2), .dropout(rate: 0.3),
        .convolution(filters: 6, kernel: 3), .relu, .maxPool(size: 2), .dropout(rate: 0.4), .flatten,
        .dense(units: nil),
      ], side: 12, count: 17),
    GradientCase(
      name: "fused twice, many channels and many filters, several blocks",
      layers: [
        .convolution(filters: 17, kernel: 3), .relu, .maxPool(size: 2), .convolution(filters: 29, kernel: 3),
        .relu, .maxPool(size: 2), .dropout(rate: 0.4), .flatten, .dense(units: nil),
      ], side: 12, count: 17),
    GradientCase(
      name: "fused by Winograd's products",
      layers: [
        .convolution(filters: 16, kernel: 1), .relu, .convolution(filters: 24, kernel: 3), .relu,
        .maxPool(size: 2), .dropout(rate: 0.4), .flatten, .dense(units: nil),
      ], side: 12, count: 2),
    GradientCase(
      name: "fused on a map of many channels that is not pooled",
      layers: [
        .convolution(filters: 11, kernel: 2), .relu, .convolution(filters: 5, kernel: 3), .relu,
        .maxPool(size: 2), .flatten, .dense(units: nil),
      ], side: 9, count: 3),
    GradientCase(
      name: "convolution, stride 2, same padding, no bias",
      layers: [
        .convolution(.with(5, 3) { ($0.stride, $0.padding, $0.hasBias) = (2, .same, false) }), .relu,
        .convolution(.with(4, 3) { ($0.stride, $0.padding) = (2, .same) }), .flatten, .dense(units: nil),
      ], channels: 3, side: 9, count: 3),
    GradientCase(
      name: "convolution, stride 3, fixed padding, rectangular kernel",
      layers: [
        .convolution(.with(5, 3) { $0.padding = .same }),
        .convolution(.with(7, 3) { ($0.width, $0.stride, $0.padding) = (5, 3, .fixed(1)) }), .flatten,
        .dense(units: nil),
      ], side: 10, count: 18),
    GradientCase(
      name: "convolution, groups and 1x1, stride over the kernel",
      layers: [
        .convolution(.with(6, 1) { $0.padding = .valid }),
        .convolution(.with(9, 3) { ($0.groups, $0.padding) = (3, .same) }),
        .convolution(.with(9, 3) { ($0.groups, $0.padding) = (9, .same) }),
        .convolution(.with(4, 1) { $0.stride = 2 }), .flatten, .dense(units: nil),
      ], side: 7, count: 3),
    GradientCase(
      name: "convolution by Winograd's products, same padding, parts of tiles",
      layers: [
        .convolution(filters: 16, kernel: 1), .relu,
        .convolution(.with(19, 3) { ($0.padding, $0.hasBias) = (.same, false) }), .relu,
        .convolution(.with(16, 3) { $0.padding = .fixed(2) }), .globalAveragePool,
        .dense(units: nil),
      ], side: 5, count: 2),
    GradientCase(
      name: "convolution by Winograd's products, no padding, several blocks",
      layers: [
        .convolution(filters: 17, kernel: 1), .relu, .convolution(filters: 33, kernel: 3),
        .globalAveragePool, .dense(units: nil),
      ], side: 7, count: 18),
    GradientCase(
      name: "convolution by Winograd's products and max-pool, odd sides, several blocks",
      layers: [
        .convolution(filters: 16, kernel: 1), .relu, .convolution(.with(17, 3) { $0.padding = .same }),
        .maxPool(size: 2), .relu, .flatten, .dense(units: nil),
      ], side: 7, count: 17),
    GradientCase(
      name: "convolution by Winograd's products and max-pool, no padding",
      layers: [
        .convolution(filters: 16, kernel: 1), .relu, .convolution(.with(16, 3) { $0.hasBias = false }),
        .maxPool(size: 2), .flatten, .dense(units: nil),
      ], side: 8, count: 2),
    GradientCase(
      name: "batch norm of maps and vectors, spare lanes",
      layers: [
        .convolution(filters: 5, kernel: 3), .batchNorm, .relu, .maxPool(size: 2), .flatten, .dense(units: 6),
        .batchNorm, .relu, .dense(units: nil),
      ], side: 8, count: 19),
    GradientCase(
      name: "batch norm, activations of every kind after it, and the end of residual blocks",
      layers: [
        .convolution(filters: 5, kernel: 1), .batchNorm, .relu6,
        LayerSpecification(
          ResidualKind(body: [.convolution(.with(5, 3) { $0.padding = .same }), .batchNorm, .relu])),
        LayerSpecification(
          ResidualKind(
            body: [.batchNorm, .leakyReLU(0.2)],
            shortcut: [.convolution(filters: 5, kernel: 1), .batchNorm])),
        .globalAveragePool, .dense(units: 6), .batchNorm, .relu, .dense(units: nil),
      ], side: 5, count: 19),
    GradientCase(
      name: "activations",
      layers: [
        .convolution(filters: 3, kernel: 3), LayerSpecification(ActivationKind.SiLU()),
        .convolution(filters: 3, kernel: 2), LayerSpecification(ActivationKind.HardSwish()),
        .convolution(filters: 3, kernel: 2), .leakyReLU(0.2),
        .flatten,
        .dense(units: 9), .relu6, .dense(units: nil),
      ], side: 8, count: 3),
    GradientCase(
      name: "max-pool of 2x2 that is not fused, odd sides",
      layers: [
        .convolution(filters: 3, kernel: 2), .batchNorm, .relu, .maxPool(size: 2), .flatten,
        .dense(units: nil),
      ], side: 8, count: 18),
    GradientCase(
      name: "depthwise convolutions, stride 2, two filters per channel, several columns",
      layers: [
        .convolution(filters: 3, kernel: 1),
        .convolution(.with(3, 3) { ($0.groups, $0.padding, $0.hasBias) = (3, .same, false) }), .relu,
        .convolution(.with(6, 5) { ($0.groups, $0.padding, $0.stride) = (3, .same, 2) }), .relu,
        .convolution(.with(7, 1) { $0.hasBias = false }), .flatten, .dense(units: nil),
      ], side: 11, count: 18),
    GradientCase(
      name: "inverted residual blocks without batch norm",
      layers: [
        .convolution(.with(3, 3) { ($0.padding, $0.stride) = (.same, 2) }),
        .relu6, .convolution(.with(3, 1) { $0.padding = .valid }),
        LayerSpecification(
          ResidualKind(body: [
            .convolution(filters: 9, kernel: 1), .relu6,
            .convolution(.with(9, 3) { ($0.groups, $0.padding) = (9, .same) }),
            .leakyReLU(0.3), .convolution(filters: 3, kernel: 1),
          ])),
        .relu, .globalAveragePool, .dense(units: nil),
      ], channels: 3, side: 9, count: 18),
    GradientCase(
      name: "convolution with more taps than a product takes",
      layers: [
        .convolution(filters: 33, kernel: 1), .relu, .convolution(.with(9, 4) { $0.stride = 2 }), .flatten,
        .dense(units: nil),
      ], side: 6, count: 17),
    GradientCase(
      name: "pools with stride and padding",
      layers: [
        .convolution(filters: 4, kernel: 1),
        .pool(MaxPoolKind(size: 3)) { ($0.stride, $0.padding) = (2, .same) },
        .averagePool(AveragePoolKind(size: 3)) { ($0.stride, $0.padding) = (2, .fixed(1)) }, .flatten,
        .dense(units: nil),
      ], side: 11, count: 3),
    GradientCase(
      name: "global pools",
      layers: [
        LayerSpecification(
          ResidualKind(
            body: [.convolution(.with(4, 3) { $0.padding = .same })],
            shortcut: [.convolution(.with(4, 1) { $0.hasBias = false })])), .relu,
        .globalAveragePool, .dense(units: nil),
      ], side: 6, count: 17),
    GradientCase(
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
    GradientCase(
      name: "rescaled input, maps and vectors",
      layers: [
        .rescale(.each([2, -0.5, 1.5]), .each([0.25, 1, -2])), .convolution(filters: 4, kernel: 3),
        .rescale(.all(1.5), .all(-0.25)), .relu, .flatten, .dense(units: 3),
        .rescale(.each([1, -2, 0.5]), .all(0.125)), .dense(units: nil),
      ], channels: 3, side: 7, count: 19),
  ]
}
