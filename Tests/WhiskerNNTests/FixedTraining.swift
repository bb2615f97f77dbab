import Foundation
import Testing
import WhiskerNN
import WhiskerCore

/// Five training steps of a small fixed network, the same as in the scripts in References with other libraries.
enum FixedTraining {
  /// The expected values of a tensor after the last step.
  struct Expected {
    let first: Double
    let last: Double
    let sum: Double
    let magnitudes: Double
  }

  private static let side = 8
  private static let batch = 5
  private static let classCount = 3

  /// Makes the steps and compares every loss and parameter.
  /// - Parameter fuses: Whether to use fused steps.
  static func check(
    losses: [Double], parameters: [Expected], fuses: Bool,
    _ makeOptimizer: ([Parameter]) -> any Optimizer
  ) throws {
    let network = try network()
    let optimizer = makeOptimizer(network.parameters)
    let gradient = Tensor(shape: [batch, classCount])
    for (step, expected) in losses.enumerated() {
      let logits = network.forward(
        images(step), count: batch, pass: .training(seed: 0, step: UInt32(step)))
      var totals = SoftmaxCrossEntropy.Totals()
      SoftmaxCrossEntropy.measure(
        logits, labels: labels(step), classCount: classCount, gradient: gradient, into: &totals)
      if fuses {
        network.backward(gradient, count: batch, updating: optimizer)
      } else {
        network.backward(gradient, count: batch)
        optimizer.step(network.pool)
      }
      #expect(abs(totals.lossSum / Double(batch) - expected) < 1e-5, "loss of step \(step)")
    }
    for (parameter, expected) in zip(network.parameters, parameters) {
      let values = parameter.value.values.map(Double.init)
      #expect(abs(values[0] - expected.first) < 1e-5, "\(parameter.name)")
      #expect(abs(values[values.count - 1] - expected.last) < 1e-5, "\(parameter.name)")
      #expect(abs(values.reduce(0, +) - expected.sum) < 1e-4, "\(parameter.name)")
      #expect(abs(values.reduce(0) { $0 + abs($1) } - expected.magnitudes) < 1e-4, "\(parameter.name)")
    }
  }

  private static func network() throws -> Network {
    let specification = NetworkSpecification(layers: [
      .convolution(filters: 4, kernel: 3), .relu, .maxPool(size: 2), .flatten, .dense(units: 6), .relu,
      .dense(units: nil),
    ])
    let network = try Network(
      specification, input: .map(channels: 1, height: side, width: side),
      classCount: classCount,
      capacity: batch, pool: ComputePool(threads: 2))
    // The numbering of the scripts for the weights and biases of the layers 0, 4 and 6.
    for (parameter, phase) in zip(network.parameters, [0.0, 1, 4, 5, 6, 7]) {
      for index in 0..<parameter.value.count {
        parameter.value[index] = Float(0.4 * sin(0.7 * Double(index) + phase))
      }
    }
    return network
  }

  private static func images(_ step: Int) -> [UInt8] {
    (0..<batch * side * side).map { i in
      UInt8((i * 37 + i * i % 101 + step * 53) % 256)
    }
  }

  private static func labels(_ step: Int) -> [Int32] {
    (0..<batch).map { Int32(($0 * 2 + step) % classCount) }
  }
}
