/// How often each class was taken for each other one.
///
/// Only what occurs is kept: a full matrix of ten thousand classes would take 800 MB, of which nearly all is zeros.
public struct ConfusionMatrix: Sendable, Equatable {
  /// A cell off the diagonal.
  public struct Confusion: Sendable, Equatable {
    /// The label of the samples.
    public let actual: Int
    /// What they were taken for.
    public let predicted: Int
    /// How many they are.
    public let count: Int

    package init(actual: Int, predicted: Int, count: Int) {
      (self.actual, self.predicted, self.count) = (actual, predicted, count)
    }
  }

  /// The number of classes.
  public let classCount: Int
  /// How many samples of each class there are, by label.
  public private(set) var support: [Int]
  /// How many samples were taken for each class.
  public private(set) var predicted: [Int]
  /// How many samples of each class were taken for what they are.
  public private(set) var correct: [Int]
  /// How often was confused what, by actual x classes + predicted.
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
