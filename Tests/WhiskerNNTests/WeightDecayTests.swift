import Testing
import WhiskerNN

/// Steps with weight decay, compared to the values from References/torch_steps.py.
@Suite struct WeightDecayTests {
  @Test(arguments: [true, false]) func stepsAgreeWithPyTorchsAdamW(fuses: Bool) throws {
    try FixedTraining.check(
      losses: [1.1859154, 1.0345532, 1.122933, 1.4181243, 1.2970799],
      parameters: [
        .init(first: -0.0236064, last: -0.190789, sum: 0.018291, magnitudes: 8.440894),
        .init(first: 0.3428736, last: -0.0253391, sum: 0.995196, magnitudes: 1.045874),
        .init(first: -0.3124521, last: -0.2354896, sum: -3.614669, magnitudes: 53.416133),
        .init(first: -0.4002967, last: 0.31824, sum: 0.327619, magnitudes: 1.611203),
        .init(first: -0.140843, last: -0.3109913, sum: -0.111031, magnitudes: 4.329356),
        .init(first: 0.2232919, last: 0.375883, sum: 0.977317, magnitudes: 0.977317),
      ], fuses: fuses
    ) { Adam($0, learningRate: 0.01, weightDecay: 0.5) }
  }

  @Test func weightsWithoutAGradientShrinkAndBiasesStay() throws {
    let network = try Network(
      NetworkSpecification(layers: [.flatten, .dense(units: 21), .dense(units: nil)]),
      input: .map(channels: 1, height: 5, width: 7), classCount: 3, capacity: 1, pool: ComputePool(threads: 2)
    )
    for optimizer: any Optimizer in [
      Adam(network.parameters, learningRate: 0.25, weightDecay: 0.5),
      SGD(network.parameters, learningRate: 0.25, weightDecay: 0.5),
    ] {
      for parameter in network.parameters {
        for index in 0..<parameter.value.count {
          (parameter.value[index], parameter.gradient[index]) = (Float(index + 1), 0)
        }
      }
      optimizer.step(network.pool)
      for parameter in network.parameters {
        let share: Float = parameter.name.hasSuffix("bias") ? 1 : 0.875
        #expect(parameter.value.values == (0..<parameter.value.count).map { Float($0 + 1) * share })
      }
    }
  }
}
