import Foundation
import Testing
import WhiskerTraining

@Suite struct ConfidentLearningTests {
  private static let count = 60
  private static let classes = 3

  /// The probabilities of References/cleanlab_issues.py.
  private var probabilities: [[Double]] {
    (0..<Self.count).map { index in
      let odds = (0..<Self.classes).map { exp(sin(Double(index * (3 + 2 * $0) + $0)) * 3) }
      return odds.map { $0 / odds.reduce(0, +) }
    }
  }

  private var labels: [Int] {
    probabilities.enumerated().map { index, own in
      let likeliest = own.indices.max { own[$0] < own[$1] } ?? 0
      return index.isMultiple(of: 7) ? (likeliest + 1) % Self.classes : likeliest
    }
  }

  private func judged(_ isJudged: (Int) -> Bool = { _ in true }) -> [ConfidentLearning.Suspicion] {
    let values = HeldOutProbabilities(Array(probabilities.joined()), classCount: Self.classes)
    return ConfidentLearning(labels: labels, values, judged: isJudged).suspicions
  }

  @Test func wrongLabelsAreThoseThatCleanlabFindsInItsOrder() {
    #expect(judged().map(\.index) == [14, 35, 21, 28, 42])
  }

  @Test func aSuspicionNamesTheClassAndTheMargin() throws {
    for suspicion in judged() {
      let own = probabilities[suspicion.index], label = labels[suspicion.index]
      #expect(suspicion.suggestion == own.indices.max { own[$0] < own[$1] })
      #expect(abs(suspicion.margin - (own[label] - own[suspicion.suggestion])) < 1e-12)
    }
  }

  @Test func labelsOfAClassThatIsNotJudgedAreNoSuspicions() {
    let label = labels[14]
    #expect(judged { $0 != label }.map(\.index) == judged().map(\.index).filter { labels[$0] != label })
  }
}
