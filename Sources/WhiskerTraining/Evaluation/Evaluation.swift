import WhiskerData
import WhiskerNN
import WhiskerCore

/// The loss, accuracy and confusion matrix of a network on a set of samples.
public struct Evaluation: Sendable {
  /// The number of samples measured.
  public private(set) var count = 0
  /// The confusion matrix.
  public private(set) var confusion: ConfusionMatrix
  /// The unreadable samples.
  public var failures: [SampleFailure] = []

  private var totals = SoftmaxCrossEntropy.Totals()

  package init(classCount: Int) { confusion = ConfusionMatrix(classCount: classCount) }

  /// The mean cross-entropy over the samples.
  public var loss: Double { totals.lossSum / Double(count) }

  /// The accuracy, 0 to 1.
  public var accuracy: Double { Double(totals.correct) / Double(count) }

  /// Adds samples by their logits `[labels, classes]`.
  package mutating func add(_ logits: Tensor, labels: [Int32]) {
    let classCount = confusion.classCount
    SoftmaxCrossEntropy.measure(logits, labels: labels, classCount: classCount, into: &totals)
    for (row, label) in labels.enumerated() {
      let predicted = SoftmaxCrossEntropy.prediction(logits, row: row, classCount: classCount)
      confusion.add(actual: Int(label), predicted: predicted)
    }
    count += labels.count
  }

  /// Adds the samples of another evaluation with the same classes.
  mutating func add(_ other: Evaluation) {
    totals.lossSum += other.totals.lossSum
    totals.correct += other.totals.correct
    confusion.add(other.confusion)
    failures += other.failures
    count += other.count
  }
}

/// An evaluation with its details.
public struct EvaluationResult: Sendable {
  /// The evaluation.
  public let evaluation: Evaluation
  /// Its details.
  public internal(set) var details: EvaluationDetails
  /// The temperature fitted on the samples; nil without one.
  public let temperature: TemperatureScaling?

  /// All together.
  public init(evaluation: Evaluation, details: EvaluationDetails, temperature: TemperatureScaling? = nil) {
    (self.evaluation, self.details, self.temperature) = (evaluation, details, temperature)
  }
}
