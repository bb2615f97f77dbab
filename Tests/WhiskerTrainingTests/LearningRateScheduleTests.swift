import Testing
import WhiskerTraining

/// Against Keras's schedules: the figures are those of References/schedules.py.
@Suite struct LearningRateScheduleTests {
  private static let losses = [
    1.0, 0.9, 0.95, 0.91, 0.8, 0.80005, 0.7999, 0.85, 0.9, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95,
  ]

  private let course = LearningRateSchedule.Course(epochs: 4, stepsPerEpoch: 10)

  @Test func cosineIsKerass() {
    let expected = [
      (0, 0.009999999776482582), (1, 0.009986127726733685), (10, 0.008681980893015862),
      (20, 0.00549999950453639), (39, 0.0010138718644157052), (40, 0.0010000000474974513),
      (50, 0.0010000000474974513),
    ]
    for (step, rate) in expected {
      let got = LearningRateSchedule.cosine(alpha: 0.1).rate(from: 0.01, step: step, losses: [], in: course)
      #expect(abs(got - rate) < 1e-8, "step \(step)")
    }
  }

  @Test func plateausAreKerass() {
    expect(
      [
        0.1, 0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.025, 0.025, 0.0125, 0.0125, 0.0125, 0.00625, 0.00625,
        0.003125,
        0.003125,
      ]
    ) {
      $0.factor = 0.5
      $0.patience = 2
    }
    expect([0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.025, 0.025] + Array(repeating: 0.02, count: 8)) {
      $0.factor = 0.5
      $0.patience = 1
      $0.cooldown = 2
      $0.minDelta = 0.05
      $0.minLearningRate = 0.02
    }
    expect(
      [
        0.1, 0.1, 0.1, 0.09, 0.081, 0.081, 0.0729, 0.06561, 0.059049, 0.0531441, 0.0531441, 0.04782969,
        0.043046721,
        0.0387420489, 0.03486784401, 0.031381059609,
      ]
    ) {
      $0.factor = 0.9
      $0.patience = 0
    }
  }

  @Test func stepsFallAfterTheirEpochs() {
    func rates(_ schedule: LearningRateSchedule) -> [Double] {
      (0..<4).map { epoch in
        schedule.rate(
          from: 1, step: epoch * 10, losses: Array(Self.losses[..<epoch]), in: course)
      }
    }
    #expect(rates(.step(factor: 0.5, epochs: 1)) == [1, 0.5, 0.25, 0.125])
    // A third of four epochs, rounded up.
    #expect(rates(.step()) == [1, 1, 0.1, 0.1])
    #expect(rates(.constant) == [1, 1, 1, 1])
  }

  private func expect(_ expected: [Double], _ change: (inout LearningRateSchedule.Plateau) -> Void) {
    var plateau = LearningRateSchedule.Plateau()
    change(&plateau)
    for (epoch, rate) in expected.enumerated() {
      let got = LearningRateSchedule.reduceOnPlateau(plateau).rate(
        from: 0.1, step: 0, losses: Array(Self.losses[..<epoch]), in: course)
      #expect(abs(got - rate) < 1e-7, "epoch \(epoch + 1)")
    }
  }
}
