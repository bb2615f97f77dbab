/// Precision, recall and F1 of a class, or their averages over classes; 0 to 1.
public struct ClassScores: Sendable, Equatable {
  /// The share of what was taken for the class that belongs to it; 0 where nothing was taken for it.
  public var precision = 0.0
  /// The share of the class that was taken for it; 0 where the data has none of it.
  public var recall = 0.0
  /// The harmonic mean of both; 0 where both are.
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
