import Glibc
import WhiskerNN
import WhiskerCore

/// The prediction for a sample whose class is known.
public struct SampleResult: Sendable {
  /// The sample's index in its dataset.
  public let index: Int
  /// The sample's class as a label of the network.
  public let label: Int
  /// The most probable class, the first of equals.
  public let predicted: Int
  /// The probability of every class, 0 to 1.
  public let probabilities: [Double]
  /// The cross-entropy in nats, -log of the probability of the sample's class, exact for small probabilities too.
  public let loss: Double

  /// Reads one row of logits `[count, classes]`.
  package init(index: Int, label: Int, logits: Tensor, row: Int, classCount: Int) {
    (self.index, self.label) = (index, label)
    predicted = SoftmaxCrossEntropy.prediction(logits, row: row, classCount: classCount)
    probabilities = SoftmaxCrossEntropy.probabilities(logits, row: row, classCount: classCount)
    // The probability of the top class is at least 1 / classes, so that its logarithm is exact enough.
    let gap = Double(logits[row * classCount + predicted]) - Double(logits[row * classCount + label])
    loss = gap - log(probabilities[predicted])
  }

  /// From the probability of every class, with logarithms of at least that of the smallest positive number.
  package init(index: Int, label: Int, probabilities: [Double]) {
    (self.index, self.label, self.probabilities) = (index, label, probabilities)
    predicted = probabilities.indices.reduce(0) { probabilities[$1] > probabilities[$0] ? $1 : $0 }
    loss = -log(max(probabilities[label], .leastNonzeroMagnitude))
  }

  /// Whether the most probable class is the sample's.
  public var isCorrect: Bool { predicted == label }

  /// The probability of the most probable class.
  public var confidence: Double { probabilities[predicted] }

  /// The number of classes that are more probable than the sample's; of equals the first counts as more probable.
  public var rank: Int {
    let own = probabilities[label]
    return probabilities.indices.count {
      probabilities[$0] > own || (probabilities[$0] == own && $0 < label)
    }
  }
}
