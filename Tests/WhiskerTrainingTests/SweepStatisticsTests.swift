import Testing
import WhiskerTraining

@Suite struct SweepStatisticsTests {
  // scipy.stats.t.ppf(p, n)
  @Test(arguments: [
    (1.0, 0.975, 12.706204736), (2.0, 0.975, 4.302652730), (4.0, 0.975, 2.776445105),
    (9.0, 0.995, 3.249835542),
    (4.0, 1 - 0.05 / 14, 5.067510354), (30.0, 0.9, 1.310415025), (999.0, 0.975, 1.962341461),
  ])
  func quantilesAreThoseOfTheTables(_ degrees: Double, _ probability: Double, _ expected: Double) {
    #expect(abs(StudentT(degrees: degrees).quantile(probability) - expected) < 1e-7 * expected)
  }

  @Test func theDistributionIsSymmetricAndGrows() {
    for degrees in [1.0, 3, 17, 400] {
      let student = StudentT(degrees: degrees)
      #expect(abs(student.probability(upTo: 0) - 0.5) < 1e-12)
      let values = (-120...120).map { student.probability(upTo: Double($0) / 20) }
      #expect(zip(values, values.dropFirst()).allSatisfy { $0 < $1 })
      #expect(zip(values, values.reversed()).allSatisfy { abs($0 + $1 - 1) < 1e-12 })
    }
  }

  @Test func meansHaveTheIntervalOfStudent() throws {
    let statistics = try #require(SeedStatistics([0.9, 0.92, 0.91, 0.95, 0.93]))
    #expect(abs(statistics.mean - 0.922) < 1e-12)
    #expect(abs(try #require(statistics.standardDeviation) - 0.0192353841) < 1e-9)
    #expect(abs(try #require(statistics.halfWidth) - 0.0192353841 * 2.776445105 / 5.0.squareRoot()) < 1e-9)
    #expect(SeedStatistics([1])?.halfWidth == nil && SeedStatistics([]) == nil)
  }

  @Test func pairsShowWhatMeansAloneWouldHide() throws {
    // The seeds differ by far more than the settings do.
    let better = [0.80, 0.90, 0.85, 0.95, 0.75]
    let worse = better.enumerated().map { $1 - 0.02 - 0.001 * Double($0 % 2) }
    let comparison = try #require(PairedComparison(better, worse, comparisons: 1))
    #expect(!comparison.isWithinNoise && abs(comparison.difference - 0.0204) < 1e-9)
    let shuffled = try #require(PairedComparison(better, [0.9, 0.8, 0.95, 0.74, 0.84], comparisons: 1))
    #expect(shuffled.isWithinNoise)
    #expect(
      try #require(PairedComparison(better, worse, comparisons: 7)).halfWidth > comparison.halfWidth)
    // Nadeau and Bengio: 1/5 of the samples is held back, so that 1/5 becomes 1/5 + 1/4.
    let folds = try #require(PairedComparison(better, worse, comparisons: 1, areFolds: true))
    #expect(abs(folds.halfWidth / comparison.halfWidth - 1.5) < 1e-12)
  }

  @Test func nothingIsSaidWhereNothingCanBe() throws {
    #expect(PairedComparison([0.9], [0.8], comparisons: 1) == nil)
    #expect(PairedComparison([0.75, 0.5], [0.5, 0.25], comparisons: 1) == nil)
    #expect(try #require(PairedComparison([0.5, 0.25], [0.5, 0.25], comparisons: 1)).isWithinNoise)
  }

  @Test func halvingDoublesEpochsAndHalvesSettings() {
    let plan = HalvingPlan(halving: 8, epochs: 16).rungs
    #expect(plan.map(\.epochs) == [2, 4, 8, 16] && plan.map(\.survivors) == [4, 2, 1, 1])
    for (settings, epochs) in [(1, 1), (2, 1), (3, 2), (7, 5), (1000, 3), (5, 1000)] {
      let rungs = HalvingPlan(halving: settings, epochs: epochs).rungs
      #expect(rungs.last?.epochs == epochs && rungs.allSatisfy { $0.survivors >= 1 })
      #expect(zip(rungs, rungs.dropFirst()).allSatisfy { $0.epochs < $1.epochs })
    }
    #expect(HalvingPlan(settings: 9, epochs: 5).rungs == [.init(epochs: 5, survivors: 9)])
  }
}
