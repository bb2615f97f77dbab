import Glibc
import WhiskerCore

/// Networks whose predicted probabilities are averaged (Lakshminarayanan et al., "Simple and Scalable Predictive Uncertainty
/// Estimation using Deep Ensembles", NIPS 2017, section 2.4). Its logits are the logarithms of the averages.
public final class Ensemble: Classifier {
  /// At least one, with the same input, classes and capacity.
  public let members: [any Classifier]
  private let logits: Tensor

  public init(_ members: [any Classifier]) {
    precondition(!members.isEmpty, "an ensemble needs at least one member")
    self.members = members
    logits = Tensor(shape: [members[0].capacity, members[0].classCount])
  }

  public var inputShape: FeatureShape { members[0].inputShape }
  public var classCount: Int { members[0].classCount }
  public var capacity: Int { members[0].capacity }

  public func forward(count: Int, pass: Pass, _ address: (Int) -> UnsafePointer<UInt8>) -> Tensor {
    let predictions = members.map { member in
      let logits = member.forward(count: count, pass: pass, address)
      return (0..<count).flatMap {
        SoftmaxCrossEntropy.logProbabilities(logits, row: $0, classCount: classCount)
      }
    }
    for index in 0..<count * classCount { logits[index] = Float(logMean(predictions, at: index)) }
    return logits
  }

  /// The logarithm of the mean probability, computed by log-sum-exp so that small probabilities do not underflow.
  private func logMean(_ predictions: [[Double]], at index: Int) -> Double {
    let top = predictions.reduce(-.infinity) { max($0, $1[index]) }
    let sum = predictions.reduce(0) { $0 + exp($1[index] - top) }
    return top + log(sum / Double(predictions.count))
  }
}
