import WhiskerData
import WhiskerNN
import WhiskerCore

/// Runs and measures one training of a sweep.
struct SweepWorker: Sendable {
  let configuration: SweepConfiguration
  var folder: SweepFolder
  let data: SweepData
  let command: [String]
  let observers: @Sendable (RunFolder, TrainingConfiguration) -> [any TrainingObserver]
  let settingName: @Sendable (Setting) -> String
  /// The threads that compute one training.
  var threads = 1
  /// The trainings that this process has started or resumed, by setting and seed.
  private let begunHere = Lock(Set<String>())

  /// The interval in which a training reports its progress.
  private static let interval = Duration.milliseconds(100)

  /// Trains up to the trial's epochs, resuming the training if it was begun, and reports the result, unless it was stopped.
  /// - Throws: `FileError` when files fail. A training that diverged is reported as failed.
  func work(_ trial: SweepTrial, _ isOver: @escaping @Sendable () -> Bool, _ report: SweepThreadPool.Report)
    throws
  {
    let place = folder.training(trial.setting, seed: trial.seed, of: configuration)
    let run = try folder.take(place)
    do {
      let training = try train(trial, in: run, isOver, report)
      if let training { report(.trained(training)) }
    } catch let error as TrainingError {
      report(.trained(SweepTraining(failed: trial, error.text.text(naming: settingName))))
    }
  }

  private func train(
    _ trial: SweepTrial, in run: RunFolder, _ isOver: @escaping @Sendable () -> Bool,
    _ report: SweepThreadPool.Report
  ) throws -> SweepTraining? {
    let begun = try? Checkpoint(run)
    let isNewHere = begunHere.withLock { $0.insert("\(trial.setting) \(trial.seed)").inserted }
    let session = try session(trial, begun, in: run)
    session.command = isNewHere ? command : []
    session.isPausedHere = !isNewHere && begun != nil
    let kept = begun?.progress?.state
    let observers = configuration.keepsRuns ? observers(run, session.configuration) : []
    if let kept, kept.hasPaused(at: trial.epochs, session.configuration) {
      try session.settle(in: run, observers: observers)
      return try measured(trial, kept.epochs, kept.best, hasEnded: false, session, run)
    }
    var reported = ContinuousClock.now - Self.interval
    var (finished, hasKept) = (kept?.epochs.count ?? 0, false)
    let outcome = try session.run(
      in: run, observers: observers, shouldStop: { isOver() || finished >= trial.epochs }
    ) { event in
      if case .epochEnded = event { finished += 1 }
      if case .checkpoint = event, !hasKept {
        hasKept = true
        report(.kept(trial))
      }
      guard case .batchEnded(let batch) = event, ContinuousClock.now - reported >= Self.interval else {
        return
      }
      reported = .now
      report(
        .standing(trial, epoch: batch.epoch, share: Double(batch.batch) / Double(max(1, batch.batchCount))))
    }
    guard outcome.reason != .interrupted || outcome.epochs.count >= trial.epochs else { return nil }
    return try measured(
      trial, outcome.epochs, outcome.best, hasEnded: outcome.reason != .interrupted, session, run)
  }

  private func session(_ trial: SweepTrial, _ begun: Checkpoint?, in run: RunFolder) throws -> TrainingSession
  {
    let setting = configuration.settings[trial.setting]
    var wanted: TrainingConfiguration
    do {
      wanted = try configuration.configuration(of: setting, seed: trial.seed)
    } catch {
      throw FileError(folder.results, "has settings that do not fit the network: \(error)")
    }
    wanted.execution.threads = threads
    let session = try TrainingSession(
      wanted, source: data.source, split: data.split(of: trial.seed), resuming: begun.map { ($0, run) })
    session.knownFiles = folder.run.fileList
    session.settingName = settingName
    return session
  }

  /// Measures the best weights on the training samples too, with dropout off.
  private func measured(
    _ trial: SweepTrial, _ epochs: [EpochReport], _ best: EpochReport?, hasEnded: Bool,
    _ session: TrainingSession,
    _ run: RunFolder
  ) throws -> SweepTraining {
    guard let best = best.flatMap({ SweepTraining.Epoch($0) }) else {
      throw TrainingError("no validation picture can be read")
    }
    try Model(run.best).load(into: session.network)
    let base = configuration.base
    let evaluator = Evaluator(session.network, readAhead: base.readAhead, policy: base.data.onError)
    let evaluation = try evaluator.measure(session.training)
    return SweepTraining(
      setting: trial.setting, seed: trial.seed, epochs: epochs.compactMap { SweepTraining.Epoch($0) },
      best: best,
      training: .init(loss: evaluation.loss, accuracy: evaluation.accuracy), hasEnded: hasEnded, failure: nil)
  }
}

extension TrainingState {
  /// Whether a training has reached `epochs`, and could continue.
  fileprivate func hasPaused(at count: Int, _ configuration: TrainingConfiguration) -> Bool {
    progress == nil && epochs.count >= count
      && ending(epochs: configuration.optimization.epochs, patience: configuration.evaluation.patience) == nil
  }
}

extension SweepTraining {
  /// A failed training.
  fileprivate init(failed trial: SweepTrial, _ failure: String) {
    self.init(
      setting: trial.setting, seed: trial.seed, epochs: [], best: nil, training: nil, hasEnded: true,
      failure: failure)
  }
}
