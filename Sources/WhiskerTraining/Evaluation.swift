import WhiskerData
import WhiskerNN
import WhiskerTensor

/// How a network did on a set of samples.
public struct Evaluation: Sendable {
  /// The number of samples measured.
  public private(set) var count = 0
  /// How often class i (row) was taken for class j (column).
  public private(set) var confusion: [[Int]]
  /// The samples that could not be read.
  public var failures: [SampleFailure] = []

  private var totals = SoftmaxCrossEntropy.Totals()

  init(classCount: Int) {
    confusion = Array(repeating: Array(repeating: 0, count: classCount), count: classCount)
  }

  /// The mean cross-entropy over the samples.
  public var loss: Double { totals.lossSum / Double(count) }

  /// The share of samples, 0 to 1, whose most probable class is their own.
  public var accuracy: Double { Double(totals.correct) / Double(count) }

  mutating func add(_ logits: Tensor, labels: [Int32]) {
    let classCount = confusion.count
    SoftmaxCrossEntropy.measure(logits, labels: labels, classCount: classCount, into: &totals)
    for (row, label) in labels.enumerated() {
      let predicted = SoftmaxCrossEntropy.prediction(logits, row: row, classCount: classCount)
      confusion[Int(label)][predicted] += 1
    }
    count += labels.count
  }
}
