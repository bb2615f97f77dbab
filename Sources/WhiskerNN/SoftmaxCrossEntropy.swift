import Glibc
import WhiskerTensor

/// Softmax and cross-entropy of logits, in double precision.
public enum SoftmaxCrossEntropy {
  /// Sums over samples, added one after the other so that they do not depend on the batches.
  public struct Totals: Sendable, Equatable {
    /// The sum of the samples' losses, each times its weight.
    public var lossSum = 0.0
    /// How many samples have their largest logit at their label.
    public var correct = 0

    /// Nothing yet.
    public init() {}
  }

  /// Measures logits `[count, classes]` against labels, adds to `totals`, and writes the gradient of the mean loss by
  /// the logits into `gradient` where one is given: (softmax - one-hot) * weight / count.
  /// - Parameter classWeights: What a sample of each class counts; nil for 1 each.
  public static func measure(
    _ logits: Tensor, labels: [Int32], classCount: Int, classWeights: [Double]? = nil,
    gradient: Tensor? = nil,
    into totals: inout Totals
  ) {
    for (row, label) in labels.enumerated() {
      let scores = logits.row(row, of: classCount)
      let weight = classWeights?[Int(label)] ?? 1
      totals.lossSum += weight * loss(scores, count: classCount, label: Int(label))
      if largest(scores, count: classCount) == Int(label) { totals.correct += 1 }
      guard let gradient else { continue }
      let scale = weight / Double(labels.count)
      let probabilities = softmax(scores, count: classCount)
      for index in 0..<classCount {
        let target: Double = index == Int(label) ? 1 : 0
        gradient[row * classCount + index] = Float((probabilities[index] - target) * scale)
      }
    }
  }

  /// The most probable class of one row, the first of equals.
  public static func prediction(_ logits: Tensor, row: Int, classCount: Int) -> Int {
    largest(logits.row(row, of: classCount), count: classCount)
  }

  /// The probabilities of one row of logits `[count, classes]`.
  public static func probabilities(_ logits: Tensor, row: Int, classCount: Int) -> [Double] {
    softmax(logits.row(row, of: classCount), count: classCount)
  }

  private static func softmax(_ logits: UnsafePointer<Float>, count: Int) -> [Double] {
    let top = Double(logits[largest(logits, count: count)])
    let powers = (0..<count).map { exp(Double(logits[$0]) - top) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }

  /// -log softmax at the label, without the rounding of very small probabilities.
  private static func loss(_ logits: UnsafePointer<Float>, count: Int, label: Int) -> Double {
    let top = Double(logits[largest(logits, count: count)])
    let sum = (0..<count).reduce(0.0) { $0 + exp(Double(logits[$1]) - top) }
    return log(sum) + top - Double(logits[label])
  }

  /// The first index of the largest of `count` values.
  private static func largest(_ values: UnsafePointer<Float>, count: Int) -> Int {
    (1..<max(count, 1)).reduce(0) { values[$1] > values[$0] ? $1 : $0 }
  }
}
