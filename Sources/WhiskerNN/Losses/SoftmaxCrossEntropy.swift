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

  /// Adds the losses of logits of labelled samples to `totals`, and computes the gradient of the mean loss with respect to
  /// the logits: (softmax - one-hot) / count.
  /// - Parameter logits: `[count, classes]`.
  /// - Parameter labels: The class indices, `[count]`.
  /// - Parameter classCount: The number of classes.
  /// - Parameter gradient: Receives the gradient, `[count, classes]`; nil to skip it.
  /// - Parameter totals: The sums to add to.
  public static func measure(
    _ logits: Tensor, labels: [Int32], classCount: Int, gradient: Tensor? = nil, into totals: inout Totals
  ) {
    measure(logits, Targets(labels), classCount: classCount, gradient: gradient, into: &totals)
  }

  /// Adds the losses of logits to `totals`, and computes the gradient of the mean loss with respect to the logits:
  /// (softmax - target) * weight / batch size. The argmax counts as correct if it is the first label.
  /// - Parameter logits: `[count, classes]`.
  /// - Parameter targets: The targets of `count` samples.
  /// - Parameter classCount: The number of classes.
  /// - Parameter gradient: Receives the gradient, `[count, classes]`; nil to skip it.
  /// - Parameter totals: The sums to add to.
  public static func measure(
    _ logits: Tensor, _ targets: Targets, classCount: Int, gradient: Tensor? = nil, into totals: inout Totals
  ) {
    for row in targets.labels.indices {
      let (scores, target) = (logits.elements + row * classCount, targets[row])
      let best = largest(scores, count: classCount)
      let top = Double(scores[best])
      let sum = (0..<classCount).reduce(0.0) { $0 + exp(Double(scores[$1]) - top) }
      // The mean of -log softmax, by log-sum-exp so that small probabilities do not underflow.
      totals.lossSum += target.weight * (log(sum) + top - target.mean(of: scores, classCount: classCount))
      if best == target.first { totals.correct += 1 }
      guard let gradient else { continue }
      let scale = target.weight / Double(targets.batchSize ?? targets.labels.count)
      for index in 0..<classCount {
        let probability = exp(Double(scores[index]) - top) / sum
        let difference = probability - target.probability(of: index, classCount: classCount)
        gradient[row * classCount + index] = Float(difference * scale)
      }
    }
  }

  /// The argmax of one row of logits `[count, classes]`, the first of equals.
  public static func prediction(_ logits: Tensor, row: Int, classCount: Int) -> Int {
    largest(logits.elements + row * classCount, count: classCount)
  }

  /// The probabilities of one row of logits `[count, classes]`: softmax(logits / temperature).
  public static func probabilities(
    _ logits: Tensor, row: Int, classCount: Int, temperature: Double = 1
  ) -> [Double] {
    let scores = logits.elements + row * classCount
    let top = Double(scores[largest(scores, count: classCount)])
    let powers = (0..<classCount).map { exp((Double(scores[$0]) - top) / temperature) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }

  /// The logarithms of the probabilities of one row of logits `[count, classes]`, exact for small probabilities too.
  public static func logProbabilities(_ logits: Tensor, row: Int, classCount: Int) -> [Double] {
    let scores = logits.elements + row * classCount
    let top = Double(scores[largest(scores, count: classCount)])
    let sum = (0..<classCount).reduce(0.0) { $0 + exp(Double(scores[$1]) - top) }
    return (0..<classCount).map { Double(scores[$0]) - top - log(sum) }
  }

  /// The index of the first maximum of `count` values.
  private static func largest(_ values: UnsafePointer<Float>, count: Int) -> Int {
    (1..<max(count, 1)).reduce(0) { values[$1] > values[$0] ? $1 : $0 }
  }
}
