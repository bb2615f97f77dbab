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
    Case(name: "dropout-cnn", layers: small(.dropoutCNN), side: 10, count: 9),
    Case(name: "deep-dropout-cnn", layers: small(.deepDropoutCNN), side: 12, count: 3),
    Case(name: "mnist-convnet", layers: small(.mnistConvnet), side: 12, count: 3),
  ]

  /// A preset with fewer filters and units, so that central differences are fast.
  private static func small(_ preset: NetworkPreset) -> [LayerSpecification] {
    preset.specification.layers.map { layer in
      switch layer {
      case .convolution(let filters, let kernel): .convolution(filters: filters / 8, kernel: kernel)
      case .dense(let units?): .dense(units: units / 8)
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
      for (index, layer) in specification.layers.enumerated() {
        guard let rate = layer.dropoutRate else { continue }
        let features = shapes[index].count
        let kind: Dropout.Kind
        switch (layer, shapes[index]) {
        case (.dropConnect, _):
          masks[index] = weightMasks(index, rate, features: features, units: shapes[index + 1].count)
          continue
        case (.spatialDropout, .map(let channels, _, _)): kind = .channels(channels)
        case (.gaussianDropout, _): kind = .gaussian
        default: kind = .values
        }
        let dropout = Dropout(
          index: index, rate: rate, kind, features: features, capacity: test.count, pool: network.pool)
        let ones = Activations(ones: test.count, features: features)
        masks[index] = dropout.forward(ones, count: test.count, pass: pass).rows(test.count).map(Double.init)
      }
      return masks
    }

    private func weightMasks(_ index: Int, _ rate: Double, features: Int, units: Int) -> [Double] {
      let layer = DropConnect(
        index: index, features: features, units: units, rate: rate, capacity: test.count, pool: network.pool)
      return layer.masks(test.count, pass: pass).map(Double.init)
    }

    func parameters() -> ReferenceNetwork.Parameters {
      var parameters: ReferenceNetwork.Parameters = [:]
      for parameter in network.parameters {
        let parts = parameter.name.split(separator: ".")
        let values = parameter.value.values.map(Double.init)
        let layer = Int(parts[0])!
        if parts[1] == "weight" {
          parameters[layer] = (values, [])
        } else {
          parameters[layer]?.biases = values
        }
      }
      return parameters
    }

    func referenceLoss(_ parameters: ReferenceNetwork.Parameters) throws -> Double {
      try reference.loss(planar(), labels: labels, parameters)
    }

    func difference(_ parameter: Parameter, _ index: Int) throws -> Double {
      let h = 1e-5
      let parts = parameter.name.split(separator: ".")
      let layer = Int(parts[0])!
      var moved = parameters()
      func loss(_ offset: Double) throws -> Double {
        if parts[1] == "weight" {
          moved[layer]!.weights[index] += offset
        } else {
          moved[layer]!.biases[index] += offset
        }
        return try referenceLoss(moved)
      }
      let above = try loss(h)
      let below = try loss(-2 * h)
      return (above - below) / (2 * h)
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
