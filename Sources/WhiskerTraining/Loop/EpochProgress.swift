import WhiskerData
import WhiskerNN

/// The progress of an epoch, and its running sums.
package struct EpochProgress: Sendable, Codable {
  let epoch: Int
  let batchCount: Int
  package var totals = SoftmaxCrossEntropy.Totals()
  package private(set) var samples = 0
  private(set) var batches = 0
  /// The position in the epoch's order: the samples before it were trained on or could not be read.
  private(set) var position = 0
  private(set) var trainingSeconds = 0.0
  private var waitingSeconds = 0.0
  /// The samples that were trained on before the epoch was resumed.
  private var earlierSamples = 0
  private var start = ContinuousClock.now
  /// The loss and the accuracy of a model that the training starts from.
  private var known: (loss: Double, accuracy: Double)?

  /// No times, so that a checkpoint does not depend on the machine.
  private enum CodingKeys: String, CodingKey {
    case epoch, batchCount, totals, samples, batches, position
  }

  init(epoch: Int, samples: Int, batchSize: Int) {
    self.epoch = epoch
    batchCount = (samples + batchSize - 1) / batchSize
  }

  /// The progress before the first epoch of a training that starts from a model.
  init(startingFrom model: Model.TrainingSummary) {
    self.init(epoch: 0, samples: 0, batchSize: 1)
    known = (model.loss ?? 0, model.accuracy ?? 0)
  }

  /// Resumes an epoch; its times start from here.
  init(resuming kept: EpochProgress) {
    self = kept
    earlierSamples = kept.samples
    start = .now
  }

  /// The mean loss and accuracy over the samples so far.
  var loss: Double { known?.loss ?? totals.lossSum / Double(samples) }
  var accuracy: Double { known?.accuracy ?? Double(totals.correct) / Double(samples) }
  var seconds: Double { (ContinuousClock.now - start) / .seconds(1) }
  /// Training samples per second; 0 before the first batch.
  var imagesPerSecond: Double {
    trainingSeconds > 0 ? Double(samples - earlierSamples) / trainingSeconds : 0
  }
  /// The fraction of the time, 0 to 1, in which the network waited for data.
  var waitingShare: Double { trainingSeconds > 0 ? min(1, waitingSeconds / trainingSeconds) : 0 }

  var report: BatchReport {
    BatchReport(
      epoch: epoch, batch: batches, batchCount: batchCount, samples: samples, loss: loss,
      accuracy: accuracy, seconds: trainingSeconds, imagesPerSecond: imagesPerSecond,
      waitingShare: waitingShare)
  }

  /// Counts a batch that was trained on.
  /// - Parameters:
  ///   - batch: The indices of its samples.
  ///   - order: The epoch's order.
  ///   - waiting: The time spent waiting for samples so far, in seconds.
  mutating func count(_ batch: ArraySlice<SampleIndex>, of order: [SampleIndex], waiting: Double) {
    if let last = batch.last { position = (order[position...].firstIndex(of: last) ?? position) + 1 }
    samples += batch.count
    batches += 1
    waitingSeconds = waiting
    trainingSeconds = seconds
  }
}
