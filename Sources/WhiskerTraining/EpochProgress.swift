import WhiskerData
import WhiskerNN

/// How far an epoch has come, and its running sums.
struct EpochProgress: Sendable, Codable {
  let epoch: Int
  let batchCount: Int
  var totals = SoftmaxCrossEntropy.Totals()
  private(set) var samples = 0
  private(set) var batches = 0
  /// How far into the epoch's order its batches reach: what lies before was trained on or could not be read.
  private(set) var position = 0
  private(set) var trainingSeconds = 0.0
  private var waitingSeconds = 0.0
  /// The samples that another process trained on.
  private var earlierSamples = 0
  private var start = ContinuousClock.now

  /// No times: what is kept of a training depends on nothing but the training.
  private enum CodingKeys: String, CodingKey {
    case epoch, batchCount, totals, samples, batches, position
  }

  init(epoch: Int, samples: Int, batchSize: Int) {
    self.epoch = epoch
    batchCount = (samples + batchSize - 1) / batchSize
  }

  /// Goes on from what was kept of it; the times are those from here on.
  init(resuming kept: EpochProgress) {
    self = kept
    earlierSamples = kept.samples
    start = .now
  }

  /// The mean loss and accuracy over the samples so far.
  var loss: Double { totals.lossSum / Double(samples) }
  var accuracy: Double { Double(totals.correct) / Double(samples) }
  var seconds: Double { (ContinuousClock.now - start) / .seconds(1) }
  /// Training samples a second; 0 before the first batch, and where an epoch is resumed behind its last.
  var imagesPerSecond: Double {
    trainingSeconds > 0 ? Double(samples - earlierSamples) / trainingSeconds : 0
  }
  /// The share of the time, 0 to 1, in which the network waited for data.
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
  ///   - waiting: How long samples were waited for so far, in seconds.
  mutating func count(_ batch: ArraySlice<SampleIndex>, of order: [SampleIndex], waiting: Double) {
    if let last = batch.last { position = (order[position...].firstIndex(of: last) ?? position) + 1 }
    samples += batch.count
    batches += 1
    waitingSeconds = waiting
    trainingSeconds = seconds
  }
}
