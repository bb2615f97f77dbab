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
      losses: [1.1859155, 1.0336405, 1.1245559, 1.4358017, 1.3216116],
      parameters: [
        Expected(first: -0.0244161, last: -0.1960699, sum: 0.016966, magnitudes: 8.659042),
        Expected(first: 0.3434795, last: -0.0256363, sum: 0.986546, magnitudes: 1.037818),
        Expected(first: -0.3201712, last: -0.2410619, sum: -3.678516, magnitudes: 54.776229),
        Expected(first: -0.4002285, last: 0.3182252, sum: 0.326755, magnitudes: 1.61082),
        Expected(first: -0.1440689, last: -0.3190232, sum: -0.111461, magnitudes: 4.440625),
        Expected(first: 0.2229953, last: 0.3759948, sum: 0.977676, magnitudes: 0.977676),
      ]
    ) { Adam($0, learningRate: 0.01) }
  }

  @Test func stepsWithMomentumAgreeWithKeras() throws {
    try check(
      losses: [1.1859155, 1.0177734, 1.1225688, 1.3552189, 1.3341864],
      parameters: [
        Expected(first: 0.002506, last: -0.2179964, sum: 0.063247, magnitudes: 8.841447),
        Expected(first: 0.3389764, last: -0.0327284, sum: 0.974186, magnitudes: 1.039642),
        Expected(first: -0.2958941, last: -0.2160957, sum: -1.915066, magnitudes: 54.593186),
        Expected(first: -0.3720919, last: 0.3079863, sum: 0.355207, magnitudes: 1.55776),
        Expected(first: -0.1798926, last: -0.2863274, sum: -0.011338, magnitudes: 4.204208),
        Expected(first: 0.2070476, last: 0.3989671, sum: 0.999902, magnitudes: 0.999902),
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
