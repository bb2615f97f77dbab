import Testing
import WhiskerCore
import WhiskerTraining

/// Against Keras's and PyTorch's schedules: the figures are those of References/schedules.py and one_cycle.py.
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

  @Test("One-cycle has the rates of PyTorch's OneCycleLR") func oneCycle() {
    expect(
      [
        (0, 0.0004), (1, 0.00059443372665), (5, 0.00451688877629), (10, 0.00980556627335), (11, 0.01),
        (12, 0.00996856117522), (20, 0.00766016974194), (30, 0.00233987025806), (38, 3.1478824778e-05),
        (39, 4e-08), (50, 4e-08),
      ], .oneCycle(), from: 0.01, in: course)
    var cycle = LearningRateSchedule.OneCycle()
    (cycle.pctStart, cycle.divFactor, cycle.finalDivFactor) = (0.45, 10, 100)
    expect(
      [
        (0, 0.05), (1, 0.250391478115), (2, 0.49461707245), (3, 0.442295393704), (4, 0.26552512479),
        (5, 0.0791358566868), (6, 0.0005),
      ], .oneCycle(cycle), from: 0.5, in: .init(epochs: 7, stepsPerEpoch: 1))
  }

  @Test("One-cycle has a finite rate in the shortest trainings", arguments: [0.0, 0.1, 0.3, 0.5, 1])
  func shortCycles(start: Double) {
    var cycle = LearningRateSchedule.OneCycle()
    cycle.pctStart = start
    for total in 1...12 {
      for step in 0...total {
        let rate = LearningRateSchedule.oneCycle(cycle).rate(
          from: 1, step: step, losses: [], in: .init(epochs: 1, stepsPerEpoch: total))
        #expect(rate > 0 && rate <= 1, "step \(step) of \(total)")
      }
    }
  }

  @Test("With warm-up, cosine has the rates of PyTorch's LinearLR and CosineAnnealingLR") func warmUp() {
    expect(
      [
        (0, 0.002), (1, 0.004), (3, 0.008), (4, 0.01), (5, 0.00998097349046), (22, 0.005),
        (39, 1.90265095413e-05), (40, 0),
      ], .cosine(warmup: 0.1), from: 0.01, in: course)
    for step in 0...41 {
      let rates = [nil, 0].map { warmup in
        LearningRateSchedule.cosine(alpha: 0.1, warmup: warmup).rate(
          from: 0.01, step: step, losses: [], in: course)
      }
      #expect(rates[0] == rates[1])
    }
  }

  @Test("The JSON of a cosine without warm-up is the one of earlier versions") func olderJSON() throws {
    let text = #"{"cosine":{"alpha":0.5}}"#
    let schedule = try StableJSON.decode(LearningRateSchedule.self, from: text)
    #expect(schedule == .cosine(alpha: 0.5))
    #expect(try StableJSON.line(schedule) == text)
    for schedule: LearningRateSchedule in [.cosine(alpha: 0, warmup: 0.25), .oneCycle()] {
      let line = try StableJSON.line(schedule)
      #expect(try StableJSON.decode(LearningRateSchedule.self, from: line) == schedule)
    }
  }

  private func expect(
    _ expected: [(step: Int, rate: Double)], _ schedule: LearningRateSchedule, from initial: Double,
    in course: LearningRateSchedule.Course
  ) {
    for (step, rate) in expected {
      let got = schedule.rate(from: initial, step: step, losses: [], in: course)
      #expect(abs(got - rate) <= 1e-11 * initial, "\(schedule), step \(step)")
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
