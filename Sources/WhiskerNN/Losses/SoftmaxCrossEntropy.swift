import Glibc
import WhiskerCore

/// The softmax and cross-entropy of logits, in double precision.
public enum SoftmaxCrossEntropy {
  /// Sums over samples. Samples are added in order, so within one process the sums do not depend on the batch size.
  public struct Totals: Sendable, Equatable, Codable {
    /// The sum of the weighted losses of the samples.
    public var lossSum = 0.0
    /// The number of samples whose argmax is their label.
    public var correct = 0

    public init() {}
  }

  /// Adds the losses of logits to `totals`, and computes the gradient of the mean loss with respect to the logits:
  /// (softmax - one-hot) * weight / batch size.
  /// - Parameter logits: `[count, classes]`.
  /// - Parameter labels: The class indices, `[count]`.
  /// - Parameter classCount: The number of classes.
  /// - Parameter classWeights: The weight of the samples of each class; nil for 1 each.
  /// - Parameter batchSize: The number of samples of the mean; nil for `count`.
  /// - Parameter gradient: Receives the gradient, `[count, classes]`; nil to skip it.
  /// - Parameter totals: The sums to add to.
  public static func measure(
    _ logits: Tensor, labels: [Int32], classCount: Int, classWeights: [Double]? = nil,
    batchSize: Int? = nil, gradient: Tensor? = nil,
    into totals: inout Totals
  ) {
    for (row, label) in labels.enumerated() {
      let scores = logits.elements + row * classCount
      let weight = classWeights?[Int(label)] ?? 1
      let best = largest(scores, count: classCount)
      let top = Double(scores[best])
      let sum = (0..<classCount).reduce(0.0) { $0 + exp(Double(scores[$1]) - top) }
      // -log softmax at the label, by log-sum-exp so that small probabilities do not underflow.
      totals.lossSum += weight * (log(sum) + top - Double(scores[Int(label)]))
      if best == Int(label) { totals.correct += 1 }
      guard let gradient else { continue }
      let scale = weight / Double(batchSize ?? labels.count)
      for index in 0..<classCount {
        let target: Double = index == Int(label) ? 1 : 0
        let probability = exp(Double(scores[index]) - top) / sum
        gradient[row * classCount + index] = Float((probability - target) * scale)
      }
    }
  }

  /// The argmax of one row of logits `[count, classes]`, the first of equals.
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

  /// The index of the first maximum of `count` values.
  private static func largest(_ values: UnsafePointer<Float>, count: Int) -> Int {
    (1..<max(count, 1)).reduce(0) { values[$1] > values[$0] ? $1 : $0 }
  }
}
