import WhiskerData
import WhiskerNN
import WhiskerTensor

/// The training loop: epochs of shuffled batches, each epoch followed by a validation.
public final class Trainer {
  /// What the loop needs to know.
  public struct Options: Sendable {
    public var epochs = 10
    public var batchSize = 128
    public var seed: UInt64 = 0
    /// Training stops when the validation loss has not improved for this many epochs; nil for never.
    public var patience: Int?
    /// What the loss of a sample of each class counts; nil for 1 each.
    public var classWeights: [Double]?
    public var lanes = BatchStream.Lanes(count: 1)
    public var policy = BatchStream.ErrorPolicy.skip
    /// How the training samples are varied; those of the validation never are.
    public var augmentation = Augmentation()

    /// Keras's defaults.
    public init() {}
  }

  private let network: Network
  private let optimizer: any Optimizer
  private let options: Options
  private let training: SampleSet
  private let validation: SampleSet?
  private let logitsGradient: Tensor
  private var failures: [SampleFailure] = []

  /// Trains `network`, whose capacity is at least the batch size, on `training`, and measures it on `validation`.
  public init(
    _ network: Network, _ optimizer: any Optimizer, training: SampleSet, validation: SampleSet?,
    options: Options
  ) {
    (self.network, self.optimizer, self.options) = (network, optimizer, options)
    (self.training, self.validation) = (training, validation)
    logitsGradient = Tensor(shape: [network.capacity, network.classCount])
  }

  /// Trains, telling `observe` what happens.
  /// - Parameter shouldStop: Asked after every batch.
  /// - Throws: `TrainingError` when the loss is no longer a number or nothing can be read; `SampleFailure` where the
  ///   policy is to fail; whatever `observe` throws.
  @discardableResult
  public func run(
    shouldStop: () -> Bool = { false }, _ observe: (TrainingEvent) throws -> Void
  ) throws -> TrainingOutcome {
    var epochs: [EpochReport] = []
    while true {
      let epoch = epochs.count + 1
      try observe(.epochStarted(epoch: epoch))
      let progress = try trainEpoch(epoch, shouldStop: shouldStop, observe)
      guard progress.isComplete else {
        return try finish(.interrupted, epochs, batchesBeyond: progress.batches, observe)
      }
      // A wish to stop waits for the validation, without which the epoch would be lost.
      let report = try validate(progress)
      epochs.append(report)
      try observe(.epochEnded(report))
      if epoch == options.epochs { return try finish(.completed, epochs, observe) }
      if hasStalled(epochs) { return try finish(.stoppedEarly, epochs, observe) }
      if shouldStop() { return try finish(.interrupted, epochs, observe) }
    }
  }

  /// One pass over the shuffled training samples.
  private func trainEpoch(
    _ epoch: Int, shouldStop: () -> Bool, _ observe: (TrainingEvent) throws -> Void
  ) throws -> EpochProgress {
    let stream = BatchStream(
      training.dataset, order: training.shuffled(seed: options.seed, epoch: epoch),
      batchSize: options.batchSize,
      lanes: options.lanes, policy: options.policy, augmenter: augmenter(epoch))
    var progress = EpochProgress(epoch: epoch, samples: training.count, batchSize: options.batchSize)
    defer { note(stream.failures) }
    while let batch = try stream.next() {
      train(batch, &progress.totals)
      guard progress.totals.lossSum.isFinite else {
        throw diverged("in batch \(progress.batches + 1) of epoch \(epoch)")
      }
      progress.count(batch.count, waiting: stream.waitingSeconds)
      try observe(.batchEnded(progress.report))
      guard !shouldStop() || progress.batches == progress.batchCount else { return progress }
    }
    guard progress.samples > 0 else {
      throw TrainingError("not one of \(stream.failures.count) files can be read\(example(stream.failures))")
    }
    progress.complete()
    return progress
  }

  private func augmenter(_ epoch: Int) -> Augmenter? {
    guard !options.augmentation.isIdentity else { return nil }
    return Augmenter(
      options.augmentation, training.dataset.preprocessing, seed: options.seed, epoch: epoch)
  }

  /// Forward, loss, backward, step.
  private func train(_ batch: Batch, _ totals: inout SoftmaxCrossEntropy.Totals) {
    let pass = Pass.training(seed: options.seed, step: UInt32(truncatingIfNeeded: optimizer.steps))
    let logits = network.forward(batch.images, count: batch.count, pass: pass)
    SoftmaxCrossEntropy.measure(
      logits, labels: batch.labels, classCount: network.classCount, classWeights: options.classWeights,
      gradient: logitsGradient, into: &totals)
    network.backward(logitsGradient, count: batch.count, updating: optimizer)
  }

  /// Measures the validation samples. Where none of them can be read, the epoch goes without.
  private func validate(_ progress: EpochProgress) throws -> EpochReport {
    guard let validation, validation.count > 0 else { return progress.report(nil) }
    let evaluator = Evaluator(network, lanes: options.lanes, policy: options.policy)
    let evaluation = try evaluator.measure(validation)
    note(evaluation.failures)
    guard evaluation.count > 0 else { return progress.report(nil) }
    // A last step may break the weights after the last loss was measured.
    guard evaluation.loss.isFinite else { throw diverged("in the validation of epoch \(progress.epoch)") }
    return progress.report(evaluation)
  }

  private func hasStalled(_ epochs: [EpochReport]) -> Bool {
    guard let patience = options.patience else { return false }
    let losses = epochs.map(\.decisiveLoss)
    let best = losses.indices.min { losses[$0] < losses[$1] } ?? 0
    return losses.count - 1 - best >= patience
  }

  private func note(_ failed: [SampleFailure]) {
    let known = Set(failures.map(\.name))
    failures += failed.filter { !known.contains($0.name) }
  }

  private func finish(
    _ reason: TrainingOutcome.Reason, _ epochs: [EpochReport], batchesBeyond: Int = 0,
    _ observe: (TrainingEvent) throws -> Void
  ) throws -> TrainingOutcome {
    let outcome = TrainingOutcome(
      reason: reason, epochs: epochs, batchesBeyond: batchesBeyond, failures: failures)
    try observe(.finished(outcome))
    return outcome
  }

  private func example(_ failures: [SampleFailure]) -> String {
    failures.first.map { ": \($0)" } ?? ""
  }

  private func diverged(_ place: String) -> TrainingError {
    TrainingError(
      "the loss is no longer a number \(place): try a lower --learning-rate "
        + "than \(optimizer.learningRate)")
  }
}

/// The running sums of one epoch.
private struct EpochProgress {
  let epoch: Int
  let batchCount: Int
  var totals = SoftmaxCrossEntropy.Totals()
  private(set) var samples = 0
  private(set) var batches = 0
  private(set) var isComplete = false
  private let start = ContinuousClock.now
  private var waiting = 0.0
  private var trainingSeconds = 0.0

  init(epoch: Int, samples: Int, batchSize: Int) {
    self.epoch = epoch
    batchCount = (samples + batchSize - 1) / batchSize
  }

  var report: BatchReport {
    BatchReport(
      epoch: epoch, batch: batches, batchCount: batchCount, loss: loss, accuracy: accuracy,
      seconds: trainingSeconds,
      imagesPerSecond: Double(samples) / trainingSeconds, waitingShare: min(1, waiting / trainingSeconds))
  }

  func report(_ evaluation: Evaluation?) -> EpochReport {
    EpochReport(
      epoch: epoch, loss: loss, accuracy: accuracy, validationLoss: evaluation?.loss,
      validationAccuracy: evaluation?.accuracy, seconds: (ContinuousClock.now - start) / .seconds(1),
      imagesPerSecond: Double(samples) / trainingSeconds, waitingShare: min(1, waiting / trainingSeconds))
  }

  mutating func count(_ added: Int, waiting: Double) {
    samples += added
    batches += 1
    self.waiting = waiting
    trainingSeconds = (ContinuousClock.now - start) / .seconds(1)
  }

  mutating func complete() { isComplete = true }

  private var loss: Double { totals.lossSum / Double(samples) }
  private var accuracy: Double { Double(totals.correct) / Double(samples) }
}
