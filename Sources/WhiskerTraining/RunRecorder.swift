import WhiskerData
import WhiskerNN
import WhiskerTensor

/// Keeps the files of a run as the training goes: every one of them is whole at any moment, and `last.safetensors`, from
/// which a training is resumed, is never behind the others.
final class RunRecorder {
  static let optimizerPrefix = "optimizer."
  static let averagePrefix = "average."

  private let session: TrainingSession
  private let target: RunFolder
  /// Where the files are for now: in the target's draft until an older run is replaced.
  private var folder: RunFolder
  private let arguments: Checkpoint.Arguments
  private let events: EventRecorder?
  private let reporter: RunReporter
  private var history = TrainingHistory()
  private var (results, validations) = (ResultsFile(), ResultsFile())

  init(_ session: TrainingSession, _ folder: RunFolder) {
    (self.session, target, self.folder) = (session, folder, folder.draft ?? folder)
    arguments = Checkpoint.Arguments(
      commands: (session.resumed?.arguments.commands ?? [])
        + (session.command.isEmpty ? [] : [session.command]),
      origin: session.origin, configuration: session.configuration)
    events = session.configuration.tensorBoard ?? true ? EventRecorder(session, folder) : nil
    reporter = RunReporter(session, arguments, in: folder)
  }

  private var isDraft: Bool { folder.path != target.path }

  /// Writes what is known before the first batch.
  func begin(_ state: TrainingState) throws {
    try writeBeginning(state)
    // What a kill kept from being written after the weights that the training goes on from.
    try writeBest(state)
    folder.remove(
      [folder.metrics] + (state.best == nil ? [folder.best] : [])
        + (state.bestAverage == nil ? [folder.averaged] : []))
    // TensorBoard would find the events of a draft, too.
    if !isDraft { try events?.begin(state) }
  }

  /// - Parameters:
  ///   - last: The last validation; nil before the first, and where nothing is validated.
  ///   - best: The best weights so far.
  func record(
    _ event: TrainingEvent, _ state: TrainingState, last: Measurement?, best: BestWeights?
  ) throws {
    // Before the checkpoint, so that no step that is kept goes untold.
    try events?.record(event, state, last?.evaluation.confusion)
    switch event {
    case .checkpoint: try keep(state)
    case .validated, .epochEnded: try writeResults(state)
    case .finished(let outcome):
      let metrics = RunMetrics(outcome, validations: state.validations, session)
      try AtomicFile.write(try StableJSON.page(metrics), to: folder.metrics)
    case .epochStarted, .batchEnded, .validationStarted: break
    }
    if !isDraft, session.keepsPage { try reporter.note(event, state, best) }
  }

  private func writeBeginning(_ state: TrainingState) throws {
    try SplitFile.write(training: session.training, validation: session.validation, to: folder.split)
    try FileList.write(
      session.source, to: folder.fileList, known: session.knownFiles ?? folder.fileList,
      lanes: session.configuration.lanes)
    try writeResults(state)
    // With this file a run can be resumed, so the others come first.
    try AtomicFile.write(try StableJSON.page(arguments), to: folder.arguments)
  }

  private func keep(_ state: TrainingState) throws {
    try writeLast(state)
    try writeBest(state)
    guard isDraft else { return }
    try target.replace()
    folder = target
    try events?.begin(TrainingState())
  }

  private func writeLast(_ state: TrainingState) throws {
    let steps = session.optimizer.steps
    try history.write(state, to: folder.history)
    let record = Checkpoint.Record(steps: steps, state)
    let report = state.epochs.last.flatMap { $0.step == steps ? $0 : nil }
    try write(summary(report, state), to: folder.last) { writer in
      for (name, tensor) in session.optimizer.state { writer.add(Self.optimizerPrefix + name, tensor) }
      for (name, tensor) in session.average?.state ?? [] { writer.add(Self.averagePrefix + name, tensor) }
      writer.add(Checkpoint.key, Array(try StableJSON.line(record).utf8))
    }
  }

  /// Keeps the weights as the best ones where they are.
  private func writeBest(_ state: TrainingState) throws {
    let steps = session.optimizer.steps
    if let best = state.best, best.step == steps { try write(summary(best, state), to: folder.best) }
    guard let average = session.average, let best = state.bestAverage, best.step == steps else { return }
    try average.whileInUse {
      var summary = summary(best, state)
      (summary.validationLoss, summary.validationAccuracy) = (best.averaged?.loss, best.averaged?.accuracy)
      try write(summary, to: folder.averaged)
    }
  }

  private func summary(_ report: EpochReport?, _ state: TrainingState) -> Model.TrainingSummary {
    var summary = Model.TrainingSummary(
      seed: session.configuration.seed, steps: session.optimizer.steps, report: report)
    summary.epoch = state.epochs.count
    return summary
  }

  private func write(
    _ summary: Model.TrainingSummary, to path: String,
    attach: (inout SafetensorsWriter) throws -> Void = { _ in }
  ) throws {
    try Model.write(
      session.network, classNames: session.source.classNames,
      preprocessing: session.configuration.preprocessing, summary: summary, to: path, attach: attach)
  }

  private func writeResults(_ state: TrainingState) throws {
    try results.write(state.epochs, to: folder.results)
    guard session.configuration.validateEvery != nil else { return }
    try validations.write(state.validations, to: folder.validations)
  }
}
