import WhiskerData
import WhiskerNN
import WhiskerTensor

/// Does one training of a sweep, as `whisker train` would, and measures it.
struct SweepWorker: Sendable {
  let configuration: SweepConfiguration
  var folder: SweepFolder
  let data: SweepData
  let command: [String]
  /// The threads that compute one training.
  var threads = 1
  /// The trainings that this process has begun or gone on with, by setting and seed.
  private let begunHere = Lock(Set<String>())

  /// How often a training tells how it stands.
  private static let interval = Duration.milliseconds(100)

  /// Trains as far as the job says, going on where it stopped, and tells what came of it; nothing where it was to end early.
  /// - Throws: `FileError` when files fail. A training whose loss is no longer a number is told as one that failed.
  func work(_ job: SweepJob, _ isOver: @escaping @Sendable () -> Bool, _ tell: SweepCrew.Tell) throws {
    let place = folder.training(job.setting, seed: job.seed, keepsRuns: configuration.keepsRuns)
    let run = try folder.take(place)
    do {
      let training = try train(job, in: run, isOver, tell)
      if let training { tell(.trained(training)) }
    } catch let error as TrainingError {
      tell(.trained(SweepTraining(failed: job, error)))
    }
  }

  private func train(
    _ job: SweepJob, in run: RunFolder, _ isOver: @escaping @Sendable () -> Bool, _ tell: SweepCrew.Tell
  ) throws -> SweepTraining? {
    let begun = try? Checkpoint(run)
    let isNewHere = begunHere.withLock { $0.insert("\(job.setting) \(job.seed)").inserted }
    let session = try session(job, begun, in: run)
    session.command = isNewHere ? command : []
    session.isPausedHere = !isNewHere && begun != nil
    let kept = begun?.progress?.state
    if let kept, kept.hasPaused(at: job.epochs, session.configuration) {
      try session.settle(in: run)
      return try measured(job, kept.epochs, kept.best, hasEnded: false, session, run)
    }
    var told = ContinuousClock.now - Self.interval
    var (finished, hasKept) = (kept?.epochs.count ?? 0, false)
    let outcome = try session.run(in: run, shouldStop: { isOver() || finished >= job.epochs }) { event in
      if case .epochEnded = event { finished += 1 }
      if case .checkpoint = event, !hasKept {
        hasKept = true
        tell(.kept(job))
      }
      guard case .batchEnded(let report) = event, ContinuousClock.now - told >= Self.interval else { return }
      told = .now
      tell(
        .standing(job, epoch: report.epoch, share: Double(report.batch) / Double(max(1, report.batchCount))))
    }
    guard outcome.reason != .interrupted || outcome.epochs.count >= job.epochs else { return nil }
    return try measured(
      job, outcome.epochs, outcome.best, hasEnded: outcome.reason != .interrupted, session, run)
  }

  private func session(_ job: SweepJob, _ begun: Checkpoint?, in run: RunFolder) throws -> TrainingSession {
    let setting = configuration.settings[job.setting]
    var wanted: TrainingConfiguration
    do {
      wanted = try configuration.configuration(of: setting, seed: job.seed)
    } catch {
      throw FileError(folder.results, "asks for what the network does not have: \(error)")
    }
    wanted.threads = threads
    let session = try TrainingSession(
      wanted, source: data.source, split: data.split(of: job.seed), resuming: begun.map { ($0, run) })
    session.knownFiles = folder.run.fileList
    session.keepsPage = configuration.keepsRuns
    return session
  }

  /// Measures the best weights on the training samples too, with dropout off.
  private func measured(
    _ job: SweepJob, _ epochs: [EpochReport], _ best: EpochReport?, hasEnded: Bool,
    _ session: TrainingSession,
    _ run: RunFolder
  ) throws -> SweepTraining {
    guard let best = best.flatMap({ SweepTraining.Epoch($0) }) else {
      throw TrainingError("not one validation picture can be read")
    }
    try Model(run.best).load(into: session.network)
    let base = configuration.base
    let evaluator = Evaluator(session.network, lanes: base.lanes, policy: base.onError)
    let evaluation = try evaluator.measure(session.training)
    return SweepTraining(
      setting: job.setting, seed: job.seed, epochs: epochs.compactMap { SweepTraining.Epoch($0) }, best: best,
      training: .init(loss: evaluation.loss, accuracy: evaluation.accuracy), hasEnded: hasEnded, failure: nil)
  }
}

extension TrainingState {
  /// Whether a training has come as far as `epochs`, and could go on.
  fileprivate func hasPaused(at count: Int, _ configuration: TrainingConfiguration) -> Bool {
    progress == nil && epochs.count >= count
      && ending(epochs: configuration.epochs, patience: configuration.patience) == nil
  }
}

extension SweepTraining {
  /// A training that came to nothing.
  fileprivate init(failed job: SweepJob, _ error: TrainingError) {
    self.init(
      setting: job.setting, seed: job.seed, epochs: [], best: nil, training: nil, hasEnded: true,
      failure: "\(error)")
  }
}
