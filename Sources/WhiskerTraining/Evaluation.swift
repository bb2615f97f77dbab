import WhiskerData
import WhiskerNN
import WhiskerTensor

/// How a network did on a set of samples.
public struct Evaluation: Sendable {
  /// The number of samples measured.
  public private(set) var count = 0
  /// How often each class was taken for each other one.
  public private(set) var confusion: ConfusionMatrix
  /// The samples that could not be read.
  public var failures: [SampleFailure] = []

  private var totals = SoftmaxCrossEntropy.Totals()

  package init(classCount: Int) { confusion = ConfusionMatrix(classCount: classCount) }

  /// The mean cross-entropy over the samples.
  public var loss: Double { totals.lossSum / Double(count) }

  /// The share of samples, 0 to 1, whose most probable class is their own.
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
}
