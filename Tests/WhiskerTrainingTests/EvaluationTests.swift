import Testing
import WhiskerCore
import WhiskerTraining

/// Against scikit-learn: what References/sklearn_scores.py printed with scikit-learn 1.9.1 and NumPy 2.4.6.
@Suite struct EvaluationTests {
  private let classCount = 7
  private let labels = (0..<60).map { (sample: Int) -> Int32 in Int32((sample * 5 + sample / 7) % 6) }

  private var logits: Tensor {
    let logits = Tensor(shape: [60, classCount])
    for sample in 0..<60 {
      for label in 0..<classCount {
        let mixed: Int = sample * 37 + label * 101 + sample * label * 13
        var value = Float(mixed % 97) / 32
        if label == Int(labels[sample]), sample % 3 != 0 { value += 2 }
        logits[sample * classCount + label] = value - (label == 0 ? 10 : 0)
      }
    }
    return logits
  }

  private func evaluation() -> Evaluation {
    var evaluation = Evaluation(classCount: classCount)
    evaluation.add(logits, labels: labels)
    return evaluation
  }

  private func details(topK: Int, worst: Int = 4) -> EvaluationDetails {
    let logits = logits
    var details = EvaluationDetails(topK: topK, worst: worst)
    for (row, label) in labels.enumerated() {
      details.add(
        SampleResult(index: row, label: Int(label), logits: logits, row: row, classCount: classCount))
    }
    return details
  }

  @Test func lossAccuracyAndConfusionAreScikitLearns() {
    let evaluation = evaluation()
    #expect(abs(evaluation.loss - 3.844956720557631) < 1e-9)
    #expect(abs(evaluation.accuracy - 0.5166666666666667) < 1e-12)
    #expect(
      evaluation.confusion.rows == [
        [0, 5, 4, 0, 2, 3, 3], [0, 4, 1, 1, 0, 1, 1], [0, 0, 7, 0, 1, 0, 0], [0, 0, 0, 7, 1, 0, 1],
        [0, 0, 1, 1, 6, 0, 1], [0, 0, 0, 0, 0, 7, 2], [0, 0, 0, 0, 0, 0, 0],
      ])
    let confusions = evaluation.confusion.confusions
    #expect(confusions.first == ConfusionMatrix.Confusion(actual: 0, predicted: 1, count: 5))
    #expect(confusions.reduce(0) { $0 + $1.count } == 29)
  }

  @Test func scoresOfTheClassesAreScikitLearns() {
    let confusion = evaluation().confusion
    let expected: [(Double, Double, Double, Int)] = [
      // Nothing was taken for the first, and the last never occurs: zero_division=0.
      (0, 0, 0, 17), (0.4444444444444444, 0.5, 0.47058823529411764, 8),
      (0.5384615384615384, 0.875, 0.6666666666666666, 8),
      (0.7777777777777778, 0.7777777777777778, 0.7777777777777778, 9),
      (0.6, 0.6666666666666666, 0.631578947368421, 9), (0.6363636363636364, 0.7777777777777778, 0.7, 9),
      (0, 0, 0, 0),
    ]
    for (label, row) in expected.enumerated() { expectEqual(confusion.scores(of: label), row) }
    expectEqual(confusion.macroAverage, (0.42814962814962815, 0.5138888888888888, 0.46380166101528325, 60))
    expectEqual(confusion.weightedAverage, (0.4331753431753432, 0.5166666666666667, 0.46803749570003444, 60))
  }

  @Test func aClassThatNeitherOccursNorIsPredictedIsInNoAverage() {
    var smaller = Evaluation(classCount: 2)
    var larger = Evaluation(classCount: 3)
    let two = Tensor(shape: [2, 2])
    (two[0], two[1], two[2], two[3]) = (1, 0, 1, 0)
    let three = Tensor(shape: [2, 3])
    (three[0], three[1], three[2], three[3], three[4], three[5]) = (1, 0, -9, 1, 0, -9)
    smaller.add(two, labels: [0, 1])
    larger.add(three, labels: [0, 1])
    #expect(smaller.confusion.macroAverage == larger.confusion.macroAverage)
    #expect(smaller.confusion.macroAverage.recall == 0.5)
  }

  @Test(arguments: [(1, 0.5166666666666667), (3, 0.5833333333333334), (5, 0.6833333333333333), (9, 1)])
  func topKIsScikitLearns(k: Int, share: Double) {
    #expect(abs(details(topK: k).topKAccuracy - share) < 1e-12)
  }

  @Test func calibrationErrorIsThatOfTheFormula() {
    #expect(abs(details(topK: 1).calibration.expectedError - 0.1857262648370975) < 1e-9)
    #expect(Calibration().expectedError == 0)
  }

  @Test func worstMistakesAreThoseWithTheHighestLoss() {
    let worst = details(topK: 1).worst.samples
    #expect(worst.map(\.index) == [21, 42, 27, 6])
    let losses = [13.556019756858475, 13.147752160213601, 13.05692427058192, 13.007205699648994]
    #expect(zip(worst, losses).allSatisfy { abs($0.loss - $1) < 1e-9 })
    let first = worst[0]
    #expect(abs(first.confidence - 0.38202479776837317) < 1e-9 && first.label == 0)
    // However many are kept, they are the first of all of them.
    #expect(Array(details(topK: 1, worst: 29).worst.samples.prefix(4)) == worst)
    #expect(details(topK: 1, worst: 1000).worst.samples.count == 29)
    #expect(details(topK: 1, worst: 0).worst.samples.isEmpty)
  }

  @Test func tenThousandClassesTakeNoMatrix() {
    var evaluation = Evaluation(classCount: 10_000)
    let logits = Tensor(shape: [1, 10_000])
    logits[9_999] = 1
    evaluation.add(logits, labels: [5])
    #expect(evaluation.confusion[5, 9_999] == 1)
    #expect(evaluation.confusion.confusions == [.init(actual: 5, predicted: 9_999, count: 1)])
  }

  private func expectEqual(_ scores: ClassScores, _ expected: (Double, Double, Double, Int)) {
    #expect(abs(scores.precision - expected.0) < 1e-12)
    #expect(abs(scores.recall - expected.1) < 1e-12)
    #expect(abs(scores.f1 - expected.2) < 1e-12)
    #expect(scores.support == expected.3)
  }
}
