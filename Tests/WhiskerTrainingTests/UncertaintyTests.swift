import Foundation
import Testing
import WhiskerTraining

@Suite struct UncertaintyTests {
  @Test func passesThatContradictEachOtherAreAllMutualInformation() throws {
    let prediction = Prediction(passes: [[1, 0], [0, 1]])
    let uncertainty = try #require(prediction.uncertainty)
    #expect(prediction.probabilities == [0.5, 0.5])
    #expect(uncertainty.standardDeviations == [0.5, 0.5])
    #expect(abs(uncertainty.entropy - log(2)) < 1e-12)
    #expect(abs(uncertainty.mutualInformation - log(2)) < 1e-12)
  }

  @Test func passesThatAgreeLeaveNoMutualInformation() throws {
    let uncertainty = try #require(Prediction(passes: [[0.7, 0.3], [0.7, 0.3], [0.7, 0.3]]).uncertainty)
    #expect(uncertainty.mutualInformation < 1e-12 && uncertainty.standardDeviations.allSatisfy { $0 < 1e-12 })
    #expect(abs(uncertainty.entropy - (-0.7 * log(0.7) - 0.3 * log(0.3))) < 1e-12)
    #expect(Prediction(passes: [[0.9, 0.1]]).uncertainty?.mutualInformation == 0)
  }

  // numpy: p = np.array([[.2, .5, .3], [.6, .1, .3]]); H = lambda q: -(q * np.log(q)).sum(-1); m = p.mean(0);
  // print(H(m), H(m) - H(p).mean(), p.std(0))
  @Test func whatLiesBetweenFollowsTheFormulas() throws {
    let prediction = Prediction(passes: [[0.2, 0.5, 0.3], [0.6, 0.1, 0.3]])
    let uncertainty = try #require(prediction.uncertainty)
    #expect(abs(uncertainty.entropy - 1.0888999753452238) < 1e-9)
    #expect(abs(uncertainty.mutualInformation - 0.12510060588454697) < 1e-9)
    #expect(abs(uncertainty.standardDeviations[1] - 0.2) < 1e-12)
    #expect(prediction.top(1) == [0] && prediction.top(2) == [0, 1])
  }
}
