import Foundation
import TestSupport
import Testing
import WhiskerCore

import WhiskerNN

/// The kernels' gradients, compared to central differences of the reference network in double precision.
@Suite(.enabled(if: isOptimized, "\(needsOptimization)")) struct GradientTests {
  @Test(arguments: GradientCase.all, [true, false])
  func gradientsAgreeWithFiniteDifferences(_ test: GradientCase, fuses: Bool) throws {
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

    let test: GradientCase
    let network: Network
    let images: [UInt8]
    let labels: [Int]
    let pass = Pass.training(seed: 5, step: 3)
    var reference: ReferenceNetwork

    init(_ test: GradientCase, fuses: Bool) throws {
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
