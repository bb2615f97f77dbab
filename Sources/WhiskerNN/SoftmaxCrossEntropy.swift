import Glibc
import WhiskerTensor

/// Softmax and cross-entropy of logits, in double precision.
public enum SoftmaxCrossEntropy {
  /// Sums over samples, added one after the other so that they do not depend on the batches.
  public struct Totals: Sendable, Equatable, Codable {
    /// The sum of the samples' losses, each times its weight.
    public var lossSum = 0.0
    /// How many samples have their largest logit at their label.
    public var correct = 0

    /// Nothing yet.
    public init() {}
  }

  /// Measures logits `[count, classes]` against labels, adds to `totals`, and writes the gradient of the mean loss by
  /// the logits into `gradient` where one is given: (softmax - one-hot) * weight / count.
  /// - Parameter logits: `[count, classes]`.
  /// - Parameter labels: The classes, `[count]`.
  /// - Parameter classCount: The number of classes.
  /// - Parameter classWeights: What a sample of each class counts; nil for 1 each.
  /// - Parameter gradient: Where the gradient goes, `[count, classes]`; nil where none is wanted.
  /// - Parameter totals: What the losses are added to.
  public static func measure(
    _ logits: Tensor, labels: [Int32], classCount: Int, classWeights: [Double]? = nil,
    gradient: Tensor? = nil,
    into totals: inout Totals
  ) {
    for (row, label) in labels.enumerated() {
      let scores = logits.elements + row * classCount
      let weight = classWeights?[Int(label)] ?? 1
      let best = largest(scores, count: classCount)
      let top = Double(scores[best])
      let sum = (0..<classCount).reduce(0.0) { $0 + exp(Double(scores[$1]) - top) }
      // -log softmax at the label, without the rounding of very small probabilities.
      totals.lossSum += weight * (log(sum) + top - Double(scores[Int(label)]))
      if best == Int(label) { totals.correct += 1 }
      guard let gradient else { continue }
      let scale = weight / Double(labels.count)
      for index in 0..<classCount {
        let target: Double = index == Int(label) ? 1 : 0
        let probability = exp(Double(scores[index]) - top) / sum
        gradient[row * classCount + index] = Float((probability - target) * scale)
      }
    }
  }

  /// The most probable class of one row, the first of equals.
  public static func prediction(_ logits: Tensor, row: Int, classCount: Int) -> Int {
    largest(logits.elements + row * classCount, count: classCount)
  }

  /// The probabilities of one row of logits `[count, classes]`.
  public static func probabilities(_ logits: Tensor, row: Int, classCount: Int) -> [Double] {
    let scores = logits.elements + row * classCount
    let top = Double(scores[largest(scores, count: classCount)])
    let powers = (0..<classCount).map { exp(Double(scores[$0]) - top) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }

  /// The first index of the largest of `count` values.
  private static func largest(_ values: UnsafePointer<Float>, count: Int) -> Int {
    (1..<max(count, 1)).reduce(0) { values[$1] > values[$0] ? $1 : $0 }
  }
}
