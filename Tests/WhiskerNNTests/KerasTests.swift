import Foundation
import Testing
import WhiskerNN
import WhiskerTensor

/// Five training steps of a small fixed network, against the figures that References/keras_steps.py printed.
@Suite struct KerasTests {
  /// What Keras's tensor held after the last step.
  struct Expected {
    let first: Double
    let last: Double
    let sum: Double
    let magnitudes: Double
  }

  private static let side = 8
  private static let batch = 5
  private static let classCount = 3

  @Test func adamStepsAgreeWithKeras() throws {
    try check(
      losses: [1.1857293, 1.032407, 1.1220596, 1.4530535, 1.3152608],
      parameters: [
        Expected(first: -0.0160454, last: -0.2564458, sum: -0.199515, magnitudes: 8.721262),
        Expected(first: 0.3429233, last: -0.025471, sum: 0.986457, magnitudes: 1.037399),
        Expected(first: -0.3200981, last: -0.2027134, sum: -3.205593, magnitudes: 54.836088),
        Expected(first: -0.4001971, last: 0.3307827, sum: 0.339602, magnitudes: 1.623018),
        Expected(first: -0.1440109, last: -0.3185678, sum: -0.112941, magnitudes: 4.440974),
        Expected(first: 0.2232652, last: 0.3763689, sum: 0.975362, magnitudes: 0.975362),
      ]
    ) { Adam($0, learningRate: 0.01) }
  }

  @Test func stepsWithMomentumAgreeWithKeras() throws {
    try check(
      losses: [1.1857293, 1.0175416, 1.1232506, 1.3522708, 1.3338432],
      parameters: [
        Expected(first: 0.0041861, last: -0.2424419, sum: -0.103371, magnitudes: 8.873673),
        Expected(first: 0.3389546, last: -0.028203, sum: 0.978652, magnitudes: 1.035058),
        Expected(first: -0.2958314, last: -0.2159812, sum: -2.017291, magnitudes: 54.603411),
        Expected(first: -0.3720993, last: 0.3080345, sum: 0.348254, magnitudes: 1.550634),
        Expected(first: -0.1790746, last: -0.2870488, sum: -0.011338, magnitudes: 4.206947),
        Expected(first: 0.2073733, last: 0.3986751, sum: 0.999901, magnitudes: 0.999901),
      ]
    ) { SGD($0, learningRate: 0.05, momentum: 0.9) }
  }

  private func check(
    losses: [Double], parameters: [Expected], _ makeOptimizer: ([Parameter]) -> any Optimizer
  ) throws {
    let network = try network()
    let optimizer = makeOptimizer(network.parameters)
    let gradient = Tensor(shape: [Self.batch, Self.classCount])
    for (step, expected) in losses.enumerated() {
      let logits = network.forward(
        images(step), count: Self.batch, pass: .training(seed: 0, step: UInt32(step)))
      var totals = SoftmaxCrossEntropy.Totals()
      SoftmaxCrossEntropy.measure(
        logits, labels: labels(step), classCount: Self.classCount, gradient: gradient, into: &totals)
      network.backward(gradient, count: Self.batch)
      optimizer.step(network.pool)
      #expect(abs(totals.lossSum / Double(Self.batch) - expected) < 1e-5, "loss of step \(step)")
    }
    for (parameter, expected) in zip(network.parameters, parameters) {
      let values = parameter.value.values.map(Double.init)
      #expect(abs(values[0] - expected.first) < 1e-5, "\(parameter.name)")
      #expect(abs(values[values.count - 1] - expected.last) < 1e-5, "\(parameter.name)")
      #expect(abs(values.reduce(0, +) - expected.sum) < 1e-4, "\(parameter.name)")
      #expect(abs(values.reduce(0) { $0 + abs($1) } - expected.magnitudes) < 1e-4, "\(parameter.name)")
    }
  }

  private func network() throws -> Network {
    let specification = NetworkSpecification(layers: [
      .convolution(filters: 4, kernel: 3), .relu, .maxPool(size: 2), .flatten, .dense(units: 6), .relu,
      .dense(units: nil),
    ])
    let network = try Network(
      specification, input: .map(channels: 1, height: Self.side, width: Self.side),
      classCount: Self.classCount,
      capacity: Self.batch, pool: ComputePool(threads: 2))
    // The script numbers weights and biases of the layers 0, 4 and 6 like this.
    for (parameter, phase) in zip(network.parameters, [0.0, 1, 4, 5, 6, 7]) {
      for index in 0..<parameter.value.count {
        parameter.value[index] = Float(0.4 * sin(0.7 * Double(index) + phase))
      }
    }
    return network
  }

  private func images(_ step: Int) -> [UInt8] {
    (0..<Self.batch * Self.side * Self.side).map { i in
      UInt8((i * 37 + i * i % 101 + step * 53) % 256)
    }
  }

  private func labels(_ step: Int) -> [Int32] {
    (0..<Self.batch).map { Int32(($0 * 2 + step) % Self.classCount) }
  }
}
