import WhiskerData
import WhiskerNN
import WhiskerCore

/// The training loop: epochs of shuffled batches, each epoch followed by a validation.
public final class Trainer {
  private let stages: TrainingStages
  /// The network of the last stage.
  private let network: Network
  private let optimizer: any Optimizer
  private let average: ExponentialMovingAverage?
  private let options: Options
  private let validation: SampleSet?
  /// The adaptation of dropout; nil for fixed rates.
  private let dropout: DropoutController?
  private var schedule: ScheduleProgress
  private let step: TrainingStep
  /// The step of several processes; nil for a single process.
  private let parallelStep: DataParallelStep?
  /// The samples that a process could not read.
  private var unreadable: Set<SampleIndex> = []
  /// The last checkpoint; nil before the first.
  private var kept: (step: Int, time: ContinuousClock.Instant)?
  /// The state of the training.
  private(set) var state: TrainingState
  /// A network with the same parameters that measures validation samples of another size; nil where the size is equal.
  var validationNetwork: Network?
  /// The last validation of the weights; nil before the first, and without validation samples.
  private(set) var measurement: EvaluationResult?
  /// The best weights so far. The caller of a resumed training sets the earlier ones.
  var best: BestWeights?

  /// Trains `network`, whose capacity is at least the batch size, on `training`, and measures it on `validation`.
  public convenience init(
    _ network: Network, _ optimizer: any Optimizer, average: ExponentialMovingAverage? = nil,
    training: SampleSet,
    validation: SampleSet?, options: Options
  ) {
    self.init(
      TrainingStages([(network, training)]), optimizer, average: average, validation: validation,
      options: options, state: TrainingState(monitor: options.monitor))
  }

  /// Continues from `state`, with the weights and the optimizer of that time.
  init(
    _ stages: TrainingStages, _ optimizer: any Optimizer, average: ExponentialMovingAverage?,
    validation: SampleSet?, options: Options, state: TrainingState
  ) {
    (self.stages, network, self.optimizer, self.average) = (stages, stages.last.network, optimizer, average)
    (self.options, self.state, self.validation) = (options, state, validation)
    dropout = DropoutController(network, training: stages.last.training, validation: validation, options)
    schedule = ScheduleProgress(options.schedule, from: optimizer.learningRate)
    for report in state.epochs { schedule.note(report.decisiveLoss) }
    step = TrainingStep(network, optimizer, options)
    parallelStep =
      options.communicator.isAlone ? nil : DataParallelStep(stages.networks, optimizer, options)
  }

  /// Trains.
  /// - Parameter shouldStop: Called after every batch.
  /// - Parameter observe: Called for every event, in order.
  /// - Throws: `TrainingError` when the loss is NaN or infinite or no sample can be read; `SampleFailure` where the
  ///   policy is to fail; whatever `observe` throws.
  @discardableResult
  public func run(
    shouldStop: () -> Bool = { false }, _ observe: (TrainingEvent) throws -> Void
  ) throws -> TrainingOutcome {
    try measureStart(observe)
    while true {
      if let ending { return try finish(ending, observe) }
      let epoch = state.epochs.count + 1
      try observe(.epochStarted(epoch: epoch))
      guard let progress = try trainEpoch(epoch, shouldStop: shouldStop, observe) else {
        try keep(observe)
        return try finish(.interrupted, observe)
      }
      try announceValidation(of: epoch, observe)
      // A request to stop waits for the validation, without which the epoch would be lost.
      let report = try keepingProgress(observe) { try self.report(progress) }
      state.append(epoch: report)
      schedule.note(report.decisiveLoss)
      state.progress = nil
      noteBest(report)
      if isCheckpointDue(after: report) { try keep(observe) }
      try observe(.epochEnded(report))
      if ending == nil, isStopRequested(shouldStop) {
        if kept?.step != report.step { try keep(observe) }
        return try finish(.interrupted, observe)
      }
    }
  }

  /// Measures the weights of a model that a new training starts from, as epoch 0.
  private func measureStart(_ observe: (TrainingEvent) throws -> Void) throws {
    guard let start = options.start, state.reports.isEmpty, state.progress == nil, validation?.count ?? 0 > 0
    else { return }
    try announceValidation(of: 0, observe)
    let report = try report(EpochProgress(startingFrom: start))
    state.append(validation: report)
    noteBest(report)
    try keep(observe)
    try observe(.validated(report))
  }

  /// The reason why the training has ended; nil if it has not.
  private var ending: TrainingOutcome.Reason? {
    state.ending(epochs: options.epochs, patience: options.patience)
  }

  /// One pass over the shuffled training samples, or the rest of one; nil if it was stopped before its end.
  private func trainEpoch(
    _ epoch: Int, shouldStop: () -> Bool, _ observe: (TrainingEvent) throws -> Void
  ) throws -> EpochProgress? {
    let (network, training) = stages.stage(ofEpoch: epoch, of: options.epochs)
    let order = training.shuffled(seed: options.seed, epoch: epoch)
    var progress =
      state.progress.map { EpochProgress(resuming: $0) }
      ?? EpochProgress(epoch: epoch, samples: training.count, batchSize: options.batchSize)
    let batches = EpochBatches(
      training, order: order[progress.position...], without: unreadable, epoch: epoch,
      grain: network.specification.samplesPerMask, options)
    defer { unreadable = batches.unreadable }
    let views = FeatureViews(training.dataset.preprocessing, epoch: epoch)
    try dropout?.adapt(after: state, stepsPerEpoch: progress.batchCount)
    // An epoch that is resumed after its last step has the rate of that step.
    let firstStep = progress.position < training.count ? optimizer.steps : optimizer.steps - 1
    optimizer.learningRate = rate(at: firstStep, in: progress)
    while let share = try keepingProgress(observe, { try batches.next() }) {
      if options.schedule.changesWithEveryStep {
        optimizer.learningRate = rate(at: optimizer.steps, in: progress)
      }
      var isStopRequested: Bool?
      if let parallelStep {
        let step = parallelStep.train(network, share, views, pass, isStopRequested: shouldStop())
        progress.totals.lossSum += step.totals.lossSum
        progress.totals.correct += step.totals.correct
        isStopRequested = step.isStopRequested
      } else {
        step.train(network, share.part, views, pass, into: &progress.totals)
      }
      average?.update(step: optimizer.steps, network.pool)
      progress.count(share.batch, of: order, waiting: batches.waitingSeconds)
      guard progress.totals.lossSum.isFinite else {
        throw diverged("in batch \(progress.batches) of epoch \(epoch)")
      }
      state.progress = progress
      try observe(.batchEnded(progress.report))
      guard progress.batches < progress.batchCount else { continue }
      let stops = isStopRequested ?? shouldStop()
      if stops || isDue(options.validateEvery) || isDue(options.checkpointEvery) {
        state.note(try batches.gatherFailures())
        try observeMidway(progress, observe)
      }
      if stops { return nil }
    }
    let failed = try batches.gatherFailures()
    state.note(failed)
    guard progress.samples > 0 else {
      throw TrainingError("none of the \(failed.count) files can be read\(example(failed))")
    }
    return progress
  }

  /// The validation or the checkpoint within an epoch.
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

  /// Announces a checkpoint. The last step may have made the weights NaN or infinite after the last loss was measured.
  private func keep(_ observe: (TrainingEvent) throws -> Void) throws {
    guard network.isFinite else {
      throw TrainingError(
        "training diverged: step \(optimizer.steps) left weights that are NaN or infinite; use a "
          + "\(Setting.learningRate) lower than \(optimizer.learningRate)")
    }
    try observe(.checkpoint)
    kept = (optimizer.steps, .now)
  }

  /// Whether there must be a checkpoint at the end of an epoch.
  private func isCheckpointDue(after report: EpochReport) -> Bool {
    guard let kept, ending == nil, parallelStep == nil else { return true }
    let isBest = [state.best, state.bestAverage].contains { $0?.step == report.step }
    return isBest || ContinuousClock.now - kept.time >= options.checkpointInterval
  }

  /// Runs `body`. If the machine fails, announces a checkpoint first, so that the training can be resumed from there.
  private func keepingProgress<Result>(
    _ observe: (TrainingEvent) throws -> Void, _ body: () throws -> Result
  ) throws -> Result {
    do {
      return try body()
    } catch let error as ResourceError {
      // The other processes do not reach this checkpoint.
      if state.progress != nil, parallelStep == nil { try keep(observe) }
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

  /// The cost of the all-reduce; nil for a single process.
  var traffic: AllReduceStatistics? { parallelStep?.traffic }

  private var pass: Pass { .training(seed: options.seed, step: UInt32(truncatingIfNeeded: optimizer.steps)) }

  private func isStopRequested(_ shouldStop: () -> Bool) -> Bool {
    parallelStep?.isStopRequested(shouldStop()) ?? shouldStop()
  }

  private func noteBest(_ report: EpochReport) {
    guard state.best?.step == report.step else { return }
    best = BestWeights(network, measurement)
  }

  /// Measures the validation samples. If none of them can be read, the epoch has no validation.
  private func report(_ progress: EpochProgress) throws -> EpochReport {
    measurement = try measure(progress)
    var measurements = EpochMeasurements()
    (measurements.step, measurements.learningRate) = (optimizer.steps, optimizer.learningRate)
    (measurements.loss, measurements.accuracy) = (progress.loss, progress.accuracy)
    (measurements.validation, measurements.temperature) = (measurement?.evaluation, measurement?.temperature)
    let averaged = try average.flatMap { average in try average.whileInUse { try measure(progress) } }
    (measurements.averaged, measurements.averagedTemperature) = (averaged?.evaluation, averaged?.temperature)
    measurements.dropout = try dropout?.read()
    measurements.seconds = progress.seconds
    (measurements.imagesPerSecond, measurements.waitingShare) = (
      progress.imagesPerSecond, progress.waitingShare
    )
    let report = EpochReport(epoch: progress.epoch, measurements)
    return try parallelStep?.agree(on: report) ?? report
  }

  private func measure(_ progress: EpochProgress) throws -> EvaluationResult? {
    guard let measurement = try measureValidation() else { return nil }
    let evaluation = measurement.evaluation
    state.note(evaluation.failures)
    guard evaluation.count > 0 else { return nil }
    // The last step may have made the weights NaN or infinite after the last loss was measured.
    guard evaluation.loss.isFinite else { throw diverged("in the validation of epoch \(progress.epoch)") }
    return measurement
  }

  /// Measures the current weights; nil without validation samples.
  func measureValidation() throws -> EvaluationResult? {
    guard let validation, validation.count > 0 else { return nil }
    return try Evaluator(
      validationNetwork ?? network, readAhead: options.readAhead, policy: options.policy,
      communicator: options.communicator
    )
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

  private func example(_ failures: [SampleFailure]) -> ErrorText {
    failures.first.map { ": \($0.text)" } ?? ""
  }

  private func diverged(_ place: String) -> TrainingError {
    TrainingError(
      "training diverged: the loss is NaN or infinite \(place); use a \(Setting.learningRate) lower "
        + "than \(optimizer.learningRate)")
  }
}
