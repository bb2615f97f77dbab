import WhiskerData
import WhiskerNN
import WhiskerTensor

/// Keeps the files of a run as the training goes: every one of them is whole at any moment, and `last.safetensors`, from
/// which a training is resumed, is never behind the others.
final class RunRecorder {
  static let optimizerPrefix = "optimizer."
  static let averagePrefix = "average."

  private let session: TrainingSession
  private let folder: RunFolder
  private let arguments: Checkpoint.Arguments
  private let events: EventRecorder?
  private let reporter: RunReporter
  private var hasBegun = false

  init(_ session: TrainingSession, _ folder: RunFolder) {
    (self.session, self.folder) = (session, folder)
    arguments = Checkpoint.Arguments(
      commands: (session.resumed?.arguments.commands ?? [])
        + (session.command.isEmpty ? [] : [session.command]),
      origin: session.origin, configuration: session.configuration)
    events = session.configuration.tensorBoard ?? true ? EventRecorder(session, folder) : nil
    reporter = RunReporter(session, arguments, in: folder)
  }

  /// Writes what is known before the first batch. Where an older run is replaced, that waits for the first model.
  func begin(_ state: TrainingState) throws {
    guard !folder.replacesRun else { return }
    try writeBeginning(state)
    // What a kill kept from being written after the weights that the training goes on from.
    try writeBest(state)
    folder.remove(
      [folder.metrics] + (state.best == nil ? [folder.best] : [])
        + (state.bestAverage == nil ? [folder.averaged] : []))
    try events?.begin(state)
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
    case .epochStarted, .batchEnded: break
    }
    // An older run stays whole until it is replaced.
    if hasBegun, session.keepsPage { try reporter.note(event, state, best) }
  }

  private func writeBeginning(_ state: TrainingState) throws {
    hasBegun = true
    try SplitFile.write(training: session.training, validation: session.validation, to: folder.split)
    try FileList.write(session.source, to: folder.fileList)
    try writeResults(state)
    // With this file a run can be resumed, so the others come first.
    try AtomicFile.write(try StableJSON.page(arguments), to: folder.arguments)
  }

  private func keep(_ state: TrainingState) throws {
    // The weights of one run must not be found beside the arguments of another, nor beside the record of a sweep.
    if !hasBegun {
      folder.remove([folder.arguments])
      SweepFolder(folder).removeSweep()
    }
    try writeLast(state)
    if !hasBegun {
      try writeBeginning(state)
      folder.removeReplaced()
      try events?.begin(TrainingState())
    }
    try writeBest(state)
  }

  private func writeLast(_ state: TrainingState) throws {
    let steps = session.optimizer.steps
    let progress = Checkpoint.Progress(steps: steps, state: state.untimed)
    let report = state.epochs.last.flatMap { $0.step == steps ? $0 : nil }
    try write(summary(report, state), to: folder.last) { writer in
      for (name, tensor) in session.optimizer.state { writer.add(Self.optimizerPrefix + name, tensor) }
      for (name, tensor) in session.average?.state ?? [] { writer.add(Self.averagePrefix + name, tensor) }
      writer.add(Checkpoint.key, Array(try StableJSON.line(progress).utf8))
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
    try AtomicFile.write(ResultsTable(state.epochs).text, to: folder.results)
    guard session.configuration.validateEvery != nil else { return }
    try AtomicFile.write(ResultsTable(state.validations).text, to: folder.validations)
  }
}
