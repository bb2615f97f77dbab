import Testing
import WhiskerNN

@Suite struct ExponentialMovingAverageTests {
  private let network: Network
  private let weight: Parameter

  init() throws {
    network = try Network(
      NetworkSpecification(layers: [.flatten, .dense(units: nil)]),
      input: .map(channels: 1, height: 2, width: 2),
      classCount: 3, capacity: 1, pool: ComputePool(threads: 2))
    weight = network.parameters[0]
  }

  /// Against TensorFlow's `ExponentialMovingAverage(0.6, num_updates=step)`: the figures are those of
  /// References/schedules.py.
  @Test func averagesAreTensorFlows() {
    let expected: [Float] = [
      1.0, 3.25, 7.230769157409668, 12.868131637573242, 20.147253036499023, 29.064422607421875,
      39.618553161621094, 51.80927658081055,
    ]
    for index in 0..<weight.value.count { weight.value[index] = 1 }
    let average = ExponentialMovingAverage(network, momentum: 0.6)
    for (step, value) in expected.enumerated() {
      for index in 0..<weight.value.count { weight.value[index] = Float((step + 1) * (step + 1)) }
      average.update(step: step + 1, network.pool)
      #expect(
        average.state[0].tensor.values.allSatisfy { abs($0 - value) < 1e-5 * value }, "step \(step + 1)")
    }
  }

  @Test func theNetworkIsTheAverageForAMomentOnly() {
    network.initialize(seed: 3)
    let before = weight.value.values
    let average = ExponentialMovingAverage(network, momentum: 0.5)
    for index in 0..<weight.value.count { weight.value[index] += 1 }
    let moved = weight.value.values
    #expect(average.whileInUse { weight.value.values } == before)
    #expect(weight.value.values == moved)
    #expect(average.state[0].tensor.values == before)
  }
}
