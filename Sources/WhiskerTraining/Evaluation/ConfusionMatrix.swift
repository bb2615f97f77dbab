/// The confusion matrix.
///
/// Only what occurs is kept: a full matrix of ten thousand classes would take 800 MB, of which nearly all is zeros.
public struct ConfusionMatrix: Sendable, Equatable {
  /// A cell off the diagonal.
  public struct Confusion: Sendable, Equatable {
    /// The label of the samples.
    public let actual: Int
    /// The predicted label.
    public let predicted: Int
    /// The number of samples.
    public let count: Int

    package init(actual: Int, predicted: Int, count: Int) {
      (self.actual, self.predicted, self.count) = (actual, predicted, count)
    }
  }

  /// The number of classes.
  public let classCount: Int
  /// The number of samples of each class, by label.
  public private(set) var support: [Int]
  /// The number of predictions of each class.
  public private(set) var predicted: [Int]
  /// The number of correct predictions of each class.
  public private(set) var correct: [Int]
  /// The number of samples by actual * classCount + predicted, off the diagonal.
  private var mistakes: [Int: Int] = [:]

  /// A matrix of zeros.
  public init(classCount: Int) {
    self.classCount = classCount
    support = Array(repeating: 0, count: classCount)
    (predicted, correct) = (support, support)
  }

  /// Counts one sample.
  mutating func add(actual: Int, predicted: Int) {
    support[actual] += 1
    self.predicted[predicted] += 1
    if actual == predicted {
      correct[actual] += 1
    } else {
      mistakes[actual * classCount + predicted, default: 0] += 1
    }
  }

  /// Counts the samples of another matrix of the same classes.
  mutating func add(_ other: ConfusionMatrix) {
    for label in 0..<classCount {
      support[label] += other.support[label]
      predicted[label] += other.predicted[label]
      correct[label] += other.correct[label]
    }
    mistakes.merge(other.mistakes, uniquingKeysWith: +)
  }

  /// How often class `actual` was taken for class `predicted`.
  public subscript(actual: Int, predicted: Int) -> Int {
    actual == predicted ? correct[actual] : mistakes[actual * classCount + predicted, default: 0]
  }

  /// The matrix in full: a row per actual class, a column per predicted one.
  public var rows: [[Int]] {
    (0..<classCount).map { actual in (0..<classCount).map { self[actual, $0] } }
  }

  /// What was confused, the most frequent first, equals in the order of the classes.
  public var confusions: [Confusion] {
    mistakes.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map {
      Confusion(actual: $0.key / classCount, predicted: $0.key % classCount, count: $0.value)
    }
  }
}

/// Precision, recall and F1 of a class, or their averages over classes; 0 to 1.
public struct ClassScores: Sendable, Equatable {
  /// The fraction of the predictions of the class that are correct; 0 without predictions.
  public var precision = 0.0
  /// The fraction of the class's samples that are predicted as it; 0 without samples.
  public var recall = 0.0
  /// The harmonic mean of both; 0 if both are 0.
  public var f1 = 0.0
  /// The number of samples.
  public var support = 0
}

extension ConfusionMatrix {
  /// The scores of one class.
  public func scores(of label: Int) -> ClassScores {
    func share(_ part: Int, of whole: Int) -> Double { whole > 0 ? Double(part) / Double(whole) : 0 }
    return ClassScores(
      precision: share(correct[label], of: predicted[label]),
      recall: share(correct[label], of: support[label]),
      f1: share(2 * correct[label], of: support[label] + predicted[label]), support: support[label])
  }

  /// The mean of the scores of the classes that occur, in the data or in the answers.
  public var macroAverage: ClassScores { average { _ in 1 } }

  /// The mean of the scores of the classes, each weighted by its number of samples.
  public var weightedAverage: ClassScores { average { Double(support[$0]) } }

  private func average(_ weight: (Int) -> Double) -> ClassScores {
    var (sum, weights) = (ClassScores(), 0.0)
    for label in 0..<classCount where support[label] + predicted[label] > 0 {
      let (scores, weight) = (scores(of: label), weight(label))
      sum.precision += weight * scores.precision
      sum.recall += weight * scores.recall
      sum.f1 += weight * scores.f1
      sum.support += scores.support
      weights += weight
    }
    guard weights > 0 else { return sum }
    return ClassScores(
      precision: sum.precision / weights, recall: sum.recall / weights, f1: sum.f1 / weights,
      support: sum.support)
  }
}
