import Testing
import WhiskerTraining

@Suite struct RiskCoverageTests {
  private func curve(_ samples: [(Double, Bool)]) -> RiskCoverage.Curve {
    var coverage = RiskCoverage()
    for (confidence, isCorrect) in samples { coverage.add(confidence: confidence, isCorrect: isCorrect) }
    return coverage.curve
  }

  @Test func theSurestAreKept() {
    // Sorted: right, right, wrong, right. Risks 0, 0, 1/3, 1/4.
    let found = curve([(0.6, false), (0.9, true), (0.5, true), (0.8, true)])
    #expect(found.accuracy(at: 0.5) == 1 && found.accuracy(at: 0.25) == 1)
    #expect(abs(found.accuracy(at: 0.75) - 2.0 / 3) < 1e-12 && abs(found.accuracy(at: 1) - 0.75) < 1e-12)
    #expect(abs(found.area - (1.0 / 3 + 1.0 / 4) / 4) < 1e-12)
  }

  @Test func equallySureSamplesHaveNoOrder() {
    let one = curve([(0.7, true), (0.7, false), (0.7, true), (0.7, false)])
    let other = curve([(0.7, false), (0.7, false), (0.7, true), (0.7, true)])
    for coverage in [0.25, 0.5, 0.75, 1] {
      #expect(one.accuracy(at: coverage) == 0.5 && other.accuracy(at: coverage) == 0.5)
    }
    #expect(one.area == 0.5 && other.area == 0.5)
  }

  @Test func nothingHasNoRisk() { #expect(curve([]).area == 0 && curve([]).accuracy(at: 1) == 0) }
}
