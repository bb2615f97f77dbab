import Foundation
import TestSupport
import Testing
import WhiskerCore
import WhiskerNN

/// Training that keeps the inputs of segments alone, compared to training that keeps all activations.
@Suite(.enabled(if: isOptimized, "\(needsOptimization)")) struct RecomputationTests {
  private static let count = 19
  private let pool = ComputePool(threads: 2)

  /// The values after some steps with Adam, and the logits of inference.
  private func values(
    _ layers: [LayerSpecification], _ input: FeatureShape, recomputes: Bool, fuses: Bool = true,
    storesGradients: Bool = false
  ) throws -> [[Float]] {
    var options = Network.Options(capacity: Self.count, pool: pool, fuses: fuses)
    options.recomputes = recomputes
    let network = try Network(
      NetworkSpecification(layers: layers), input: input, classCount: RandomNetwork.classCount, options)
    network.randomize(seed: 3)
    let optimizer = OptimizerKind.adam.optimizer(
      network.trainableParameters, .init(learningRate: 0.01, momentum: 0, weightDecay: 0))
    let gradient = Tensor(shape: [Self.count, RandomNetwork.classCount])
    var random = RandomStream(seed: 9, purpose: .samples)
    for step in 0..<3 {
      let pixels = (0..<Self.count * input.count).map { _ in UInt8(random.next(below: 256)) }
      let labels = (0..<Self.count).map { _ in Int32(random.next(below: RandomNetwork.classCount)) }
      let logits = network.forward(
        pixels, count: Self.count, pass: .training(seed: 1, step: UInt32(step)))
      var totals = SoftmaxCrossEntropy.Totals()
      SoftmaxCrossEntropy.measure(
        logits, labels: labels, classCount: RandomNetwork.classCount, gradient: gradient, into: &totals)
      if storesGradients {
        network.backward(gradient, count: Self.count)
        optimizer.step(pool)
      } else {
        network.backward(gradient, count: Self.count, updating: optimizer)
      }
    }
    let pixels = (0..<Self.count * input.count).map { UInt8(truncatingIfNeeded: $0 * 7) }
    let logits = network.forward(pixels, count: Self.count, pass: .inference).values
    return network.values.map(\.values.values) + [logits]
  }

  @Test("Random networks learn the same values", arguments: 0..<60)
  func random(_ seed: Int) throws {
    let random = RandomNetwork(seed: UInt64(seed))
    var layers = random.layers
    // Dropout between all layers, also at the ends of segments.
    for place in stride(from: layers.count - 1, to: 0, by: -2) {
      layers.insert(place.isMultiple(of: 3) ? .dropout(rate: 0) : .dropout(rate: 0.3), at: place)
    }
    for (fuses, storesGradients) in [(true, false), (true, true), (false, false)] {
      let (kept, again) = try (
        values(layers, random.input, recomputes: false, fuses: fuses, storesGradients: storesGradients),
        values(layers, random.input, recomputes: true, fuses: fuses, storesGradients: storesGradients)
      )
      #expect(kept == again, "\(random.input): \(layers)")
    }
  }

  @Test(
    "Presets learn the same values", arguments: [NetworkPreset.residual, .digits, .dropoutCNN, .mnistConvnet])
  func presets(_ preset: NetworkPreset) throws {
    let input = FeatureShape.map(channels: 3, height: 36, width: 33)
    let layers = preset.specification.layers
    #expect(
      try values(layers, input, recomputes: false) == values(layers, input, recomputes: true))
  }

  @Test("Frozen first layers are not computed again, and learn nothing")
  func frozen() throws {
    var layers = NetworkPreset.residual.specification.layers
    for index in 0..<layers.count / 2 { layers[index].isTrainable = false }
    let input = FeatureShape.map(channels: 3, height: 20, width: 20)
    #expect(
      try values(layers, input, recomputes: false) == values(layers, input, recomputes: true))
  }

  @Test("An activation in the memory of its convolution gives the same values as one of its own")
  func activationInPlace() throws {
    let input = FeatureShape.map(channels: 3, height: 11, width: 13)
    for kind: any LayerKind in [
      ActivationKind.ReLU(), ActivationKind.ReLU6(), ActivationKind.LeakyReLU(slope: 0.1),
    ] {
      let activation = LayerSpecification(kind)
      var depthwise = ConvolutionKind(filters: 20, kernel: 3)
      (depthwise.groups, depthwise.padding) = (20, .same)
      let layers: [LayerSpecification] = [
        .convolution(filters: 20, kernel: 3), activation, LayerSpecification(depthwise), activation,
        .convolution(filters: 20, kernel: 3), activation, .convolution(filters: 5, kernel: 1),
        LayerSpecification(
          ResidualKind(body: [.convolution(filters: 5, kernel: 1), activation])),
        .flatten, .dense(units: nil),
      ]
      #expect(
        try values(layers, input, recomputes: false, fuses: true)
          == values(layers, input, recomputes: true, fuses: false), "\(activation)")
    }
  }

  @Test("It needs a fraction of the memory") func memory() throws {
    func need(recomputes: Bool) throws -> Int {
      try AllocationMeter.byteCount {
        var options = Network.Options(capacity: 16, pool: pool)
        options.recomputes = recomputes
        _ = try Network(
          NetworkPreset.efficientNetLite0.specification, input: .map(channels: 3, height: 224, width: 224),
          classCount: 2, options)
      }
    }
    let (kept, again) = (try need(recomputes: false), try need(recomputes: true))
    #expect(again < kept / 3, "\(again >> 20) MB instead of \(kept >> 20) MB")
  }
}
