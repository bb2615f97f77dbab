import WhiskerData
import WhiskerNN
import WhiskerTensor

/// The training loop: epochs of shuffled batches, each epoch followed by a validation.
public final class Trainer {
  private let network: Network
  private let optimizer: any Optimizer
  private let average: WeightAverage?
  private let options: Options
  private let training: SampleSet
  private let validation: SampleSet?
  /// What the dropout rates follow; nil where they stay as they are.
  private let dropout: DropoutGauge?
  private var schedule: ScheduleProgress
  private let logitsGradient: Tensor
  /// The processes that train together; nil where there is but this one.
  private let team: TrainingTeam?
  /// What some process could not read.
  private var unreadable: Set<SampleIndex> = []
  /// Where the training stands.
  private(set) var state: TrainingState
  /// The last validation of the weights themselves; nil before the first, and where nothing could be measured.
  private(set) var measurement: Measurement?
  /// The best weights so far; what was best before a training was resumed is for the caller to tell.
  var best: BestWeights?

  /// Trains `network`, whose capacity is at least the batch size, on `training`, and measures it on `validation`.
  public convenience init(
    _ network: Network, _ optimizer: any Optimizer, average: WeightAverage? = nil, training: SampleSet,
    validation: SampleSet?, options: Options
  ) {
    self.init(
      network, optimizer, average: average, training: training, validation: validation, options: options,
      state: TrainingState(monitor: options.monitor))
  }

  /// Goes on from `state`, with the weights and the optimizer as they were then.
  init(
    _ network: Network, _ optimizer: any Optimizer, average: WeightAverage?, training: SampleSet,
    validation: SampleSet?, options: Options, state: TrainingState
  ) {
    (self.network, self.optimizer, self.average) = (network, optimizer, average)
    (self.options, self.state) = (options, state)
    (self.training, self.validation) = (training, validation)
    dropout = DropoutGauge(network, training: training, validation: validation, options)
    schedule = ScheduleProgress(options.schedule, from: optimizer.learningRate)
    for report in state.epochs { schedule.note(report.decisiveLoss) }
    logitsGradient = Tensor(shape: [network.capacity, network.classCount])
    team = options.job.isAlone ? nil : TrainingTeam(options.job, network)
  }

  /// Trains, telling `observe` what happens.
  /// - Parameter shouldStop: Asked after every batch.
  /// - Parameter observe: Told what happens, in order.
  /// - Throws: `TrainingError` when the loss is no longer a number or nothing can be read; `SampleFailure` where the
  ///   policy is to fail; whatever `observe` throws.
  @discardableResult
  public func run(
    shouldStop: () -> Bool = { false }, _ observe: (TrainingEvent) throws -> Void
  ) throws -> TrainingOutcome {
    while true {
      if let ending { return try finish(ending, observe) }
      let epoch = state.epochs.count + 1
      try observe(.epochStarted(epoch: epoch))
      guard let progress = try trainEpoch(epoch, shouldStop: shouldStop, observe) else {
        try keep(observe)
        return try finish(.interrupted, observe)
      }
      try announceValidation(of: epoch, observe)
      // A wish to stop waits for the validation, without which the epoch would be lost.
      let report = try keepingProgress(observe) { try self.report(progress) }
      state.append(epoch: report)
      schedule.note(report.decisiveLoss)
      state.progress = nil
      noteBest(report)
      try keep(observe)
      try observe(.epochEnded(report))
      if ending == nil, isStopWished(shouldStop) { return try finish(.interrupted, observe) }
    }
  }

  /// Why there is nothing more to train; nil where there is.
  private var ending: TrainingOutcome.Reason? {
    state.ending(epochs: options.epochs, patience: options.patience)
  }

  /// One pass over the shuffled training samples, or the rest of one; nil when it was to stop before its end.
  private func trainEpoch(
    _ epoch: Int, shouldStop: () -> Bool, _ observe: (TrainingEvent) throws -> Void
  ) throws -> EpochProgress? {
    let order = training.shuffled(seed: options.seed, epoch: epoch)
    var progress =
      state.progress.map { EpochProgress(resuming: $0) }
      ?? EpochProgress(epoch: epoch, samples: training.count, batchSize: options.batchSize)
    let batches = EpochBatches(
      training, order: order[progress.position...], without: unreadable, augmenter: augmenter(epoch),
      grain: network.specification.samplesPerMask, options)
    defer { unreadable = batches.unreadable }
    try dropout?.adapt(after: state, stepsPerEpoch: progress.batchCount)
    // An epoch that is resumed behind its last step has the rate of that step.
    let firstStep = progress.position < training.count ? optimizer.steps : optimizer.steps - 1
    optimizer.learningRate = rate(at: firstStep, in: progress)
    while let share = try keepingProgress(observe, { try batches.next() }) {
      if options.schedule.changesWithEveryStep {
        optimizer.learningRate = rate(at: optimizer.steps, in: progress)
      }
      var isStopWished: Bool?
      if let team {
        let step = team.train(
          share, optimizer, pass, classWeights: options.classWeights, isStopWished: shouldStop())
        progress.totals.lossSum += step.totals.lossSum
        progress.totals.correct += step.totals.correct
        isStopWished = step.isStopWished
      } else {
        train(share.part, &progress.totals)
      }
      average?.update(step: optimizer.steps, network.pool)
      progress.count(share.batch, of: order, waiting: batches.waitingSeconds)
      guard progress.totals.lossSum.isFinite else {
        throw diverged("in batch \(progress.batches) of epoch \(epoch)")
      }
      state.progress = progress
      try observe(.batchEnded(progress.report))
      guard progress.batches < progress.batchCount else { continue }
      let stops = isStopWished ?? shouldStop()
      if stops || isDue(options.validateEvery) || isDue(options.checkpointEvery) {
        state.note(try batches.gatherFailures())
        try observeMidway(progress, observe)
      }
      if stops { return nil }
    }
    let failed = try batches.gatherFailures()
    state.note(failed)
    guard progress.samples > 0 else {
      throw TrainingError("not one of \(failed.count) files can be read\(example(failed))")
    }
    return progress
  }

  /// What is due in the midst of an epoch.
  private func observeMidway(_ progress: EpochProgress, _ observe: (TrainingEvent) throws -> Void) throws {
    guard isDue(options.validateEvery), validation?.count ?? 0 > 0 else {
      if isDue(options.checkpointEvery) { try keep(observe) }
      return
    }
    try announceValidation(of: progress.epoch, observe)
    let report = try report(progress)
    state.append(validation: report)
    noteBest(report)
    try keep(observe)
    try observe(.validated(report))
    try dropout?.adapt(after: state, stepsPerEpoch: progress.batchCount)
  }

  /// Has the state kept. The last step may have broken the weights after the last loss was measured.
  private func keep(_ observe: (TrainingEvent) throws -> Void) throws {
    guard network.isFinite else {
      throw TrainingError(
        "training diverged: step \(optimizer.steps) left weights that are NaN or infinite; "
          + "use a lower learning rate than \(optimizer.learningRate)")
    }
    try observe(.checkpoint)
  }

  /// Runs `body`. Where the machine fails in it, a checkpoint is due first, so that the training can go on from there.
  private func keepingProgress<Result>(
    _ observe: (TrainingEvent) throws -> Void, _ body: () throws -> Result
  ) throws -> Result {
    do {
      return try body()
    } catch let error as ResourceError {
      // The other processes of a job do not come to this checkpoint.
      if state.progress != nil, team == nil { try keep(observe) }
      throw error
    }
  }

  private func announceValidation(
    of epoch: Int, _ observe: (TrainingEvent) throws -> Void
  ) throws {
    guard let count = validation?.count, count > 0 else { return }
    try observe(.validationStarted(epoch: epoch, samples: count))
  }

  private func isDue(_ interval: Int?) -> Bool {
    interval.map { optimizer.steps.isMultiple(of: $0) } ?? false
  }

  private func rate(at step: Int, in progress: EpochProgress) -> Double {
    schedule.rate(step: step, in: .init(epochs: options.epochs, stepsPerEpoch: progress.batchCount))
  }

  private func augmenter(_ epoch: Int) -> Augmenter? {
    guard !options.augmentation.isIdentity else { return nil }
    return Augmenter(
      options.augmentation, training.dataset.preprocessing, seed: options.seed, epoch: epoch)
  }

  /// What adding up gradients cost; nil where there is but one process.
  var traffic: GradientTraffic? { team?.traffic }

  private var pass: Pass { .training(seed: options.seed, step: UInt32(truncatingIfNeeded: optimizer.steps)) }

  private func isStopWished(_ shouldStop: () -> Bool) -> Bool {
    team?.isStopWished(shouldStop()) ?? shouldStop()
  }

  /// Forward, loss, backward, step.
  private func train(_ batch: Batch, _ totals: inout SoftmaxCrossEntropy.Totals) {
    let logits = network.forward(batch, pass: pass)
    SoftmaxCrossEntropy.measure(
      logits, labels: batch.labels, classCount: network.classCount, classWeights: options.classWeights,
      gradient: logitsGradient, into: &totals)
    network.backward(logitsGradient, count: batch.count, updating: optimizer)
  }

  private func noteBest(_ report: EpochReport) {
    guard state.best?.step == report.step else { return }
    best = BestWeights(network, measurement)
  }

  /// Measures the validation samples. Where none of them can be read, the epoch goes without.
  private func report(_ progress: EpochProgress) throws -> EpochReport {
    measurement = try measure(progress)
    let measured = measurement?.evaluation
    let averaged = try average.flatMap { average in
      try average.whileInUse { try measure(progress)?.evaluation }
    }
    let report = EpochReport(
      epoch: progress.epoch, step: optimizer.steps, loss: progress.loss, accuracy: progress.accuracy,
      validationLoss: measured?.loss, validationAccuracy: measured?.accuracy,
      averaged: averaged.map { .init(loss: $0.loss, accuracy: $0.accuracy) },
      dropout: try dropout?.read(),
      learningRate: optimizer.learningRate, seconds: progress.seconds,
      imagesPerSecond: progress.imagesPerSecond,
      waitingShare: progress.waitingShare)
    return try team?.agree(on: report) ?? report
  }

  private func measure(_ progress: EpochProgress) throws -> Measurement? {
    guard let measurement = try measureValidation() else { return nil }
    let evaluation = measurement.evaluation
    state.note(evaluation.failures)
    guard evaluation.count > 0 else { return nil }
    // A last step may break the weights after the last loss was measured.
    guard evaluation.loss.isFinite else { throw diverged("in the validation of epoch \(progress.epoch)") }
    return measurement
  }

  /// Measures the weights as they are; nil where nothing is held back.
  func measureValidation() throws -> Measurement? {
    guard let validation, validation.count > 0 else { return nil }
    return try Evaluator(network, lanes: options.lanes, policy: options.policy, job: options.job)
      .measureInDetail(validation)
  }

  private func finish(
    _ reason: TrainingOutcome.Reason, _ observe: (TrainingEvent) throws -> Void
  ) throws -> TrainingOutcome {
    let outcome = TrainingOutcome(
      reason: reason, epochs: state.epochs, batchesBeyond: state.progress?.batches ?? 0,
      failures: state.failures,
      best: state.best, bestAverage: state.bestAverage)
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
