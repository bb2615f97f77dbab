import WhiskerNN

extension GradientCase {
  /// Fully connected layers, and dropout of every kind.
  static let vectors: [GradientCase] = [
    GradientCase(name: "dense", layers: [.flatten, .dense(units: nil)], side: 3),
    GradientCase(
      name: "two dense layers", layers: [.flatten, .dense(units: 7), .relu, .dense(units: nil)], side: 4),
    GradientCase(
      name: "dense layers wider than a tile",
      layers: [.flatten, .dense(units: 70), .relu, .dense(units: nil)], side: 9),
    GradientCase(
      name: "dense layers of several groups of features, several blocks, most of the gradient dropped",
      layers: [.flatten, .dense(units: 21), .relu, .dropout(rate: 0.6), .dense(units: nil)], side: 13,
      count: 35),
    GradientCase(name: "dropout on the input", layers: [.dropout(rate: 0.4), .flatten, .dense(units: nil)]),
    GradientCase(
      name: "dropout between",
      layers: [.convolution(filters: 2, kernel: 3), .dropout(rate: 0.5), .flatten, .dense(units: nil)]),
    GradientCase(
      name: "spatial dropout",
      layers: [
        .convolution(filters: 11, kernel: 3), .spatialDropout(rate: 0.4), .flatten, .dense(units: nil),
      ]),
    GradientCase(
      name: "spatial dropout after fused layers, several blocks",
      layers: [
        .convolution(filters: 9, kernel: 3), .relu, .maxPool(size: 2), .spatialDropout(rate: 0.5), .flatten,
        .dense(units: nil),
      ], count: 18),
    GradientCase(
      name: "spatial dropout of colours",
      layers: [
        .spatialDropout(rate: 0.3), .convolution(filters: 2, kernel: 3), .relu, .maxPool(size: 2), .flatten,
        .dense(units: nil),
      ], channels: 3),
    GradientCase(
      name: "dropout on the input of fused layers",
      layers: [
        .dropout(rate: 0.3), .convolution(filters: 3, kernel: 3), .relu, .maxPool(size: 2), .flatten,
        .dense(units: nil),
      ], channels: 3),
    GradientCase(
      name: "Gaussian dropout on the input",
      layers: [.gaussianDropout(rate: 0.4), .flatten, .dense(units: nil)], side: 7, count: 17),
    GradientCase(
      name: "Gaussian dropout between layers",
      layers: [
        .convolution(filters: 3, kernel: 2), .relu, .maxPool(size: 2), .gaussianDropout(rate: 0.2), .flatten,
        .dense(units: 7), .relu, .gaussianDropout(rate: 0.5), .dense(units: nil),
      ]),
    GradientCase(name: "DropConnect", layers: [.flatten, .dropConnect(units: nil, rate: 0.5)], side: 3),
    GradientCase(
      name: "DropConnect twice, several blocks",
      layers: [.flatten, .dropConnect(units: 11, rate: 0.3), .relu, .dropConnect(units: nil, rate: 0.5)],
      side: 5, count: 35),
    GradientCase(
      name: "DropConnect with several tasks",
      layers: [
        .convolution(filters: 3, kernel: 1), .relu, .flatten, .dropConnect(units: 21, rate: 0.5), .relu,
        .dense(units: nil),
      ], side: 11, count: 18),
    GradientCase(
      name: "DropConnect that drops nothing", layers: [.flatten, .dropConnect(units: nil, rate: 0)], side: 4),
  ]
}
