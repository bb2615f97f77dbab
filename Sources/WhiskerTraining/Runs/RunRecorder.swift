import WhiskerData
import WhiskerNN
import WhiskerCore

/// Writes the files of a run while it trains. Every file is whole at any moment, and `last.safetensors`, from which a training
/// is resumed, is never behind the others.
final class RunRecorder: TrainingObserver {
  private let target: RunFolder
  /// Where the files are for now: in the target's draft until an older run is replaced.
  private var folder: RunFolder
  private let optimizer: any Optimizer
  private let average: ExponentialMovingAverage?
  /// A list of the dataset's files with known contents; nil for the run's own.
  private let knownFiles: String?
  /// Whether the run's list has the fingerprint of every file.
  private var hasFingerprints = false
  private var history = TrainingHistory()
  private var (results, validations) = (ResultsFile(), ResultsFile())

  init(
    _ folder: RunFolder, _ optimizer: any Optimizer, _ average: ExponentialMovingAverage?, knownFiles: String?
  ) {
    (target, self.folder, self.knownFiles) = (folder, folder.draft ?? folder, knownFiles)
    (self.optimizer, self.average) = (optimizer, average)
  }

  /// Whether the run is in its own folder.
  var isInPlace: Bool { folder.path == target.path }

  /// Writes what is known before the first batch.
  func begin(_ context: TrainingContext) throws {
    try writeBeginning(context)
    let state = context.state
    // A process that was killed may not have written the best weights after the last ones.
    try writeBest(context)
    folder.remove(
      [folder.metrics] + (state.best == nil ? [folder.best] : [])
        + (state.bestAverage == nil ? [folder.averaged] : []))
  }

  /// Writes the checkpoint, the tables and the metrics when they are due.
  func observe(_ event: TrainingEvent, _ context: TrainingContext) throws {
    switch event {
    case .checkpoint:
      try writeFingerprints(context)
      try writeCheckpoint(context)
    case .validated, .epochEnded: try writeResults(context)
    case .finished(let outcome):
      try AtomicFile.write(try StableJSON.page(RunMetrics(outcome, context)), to: folder.metrics)
    case .epochStarted, .batchEnded, .validationStarted: break
    }
  }

  private func writeBeginning(_ context: TrainingContext) throws {
    try SplitFile.write(training: context.training, validation: context.validation, to: folder.split)
    let earlier = knownFiles.map { FileList.Earlier.ofOtherRun($0) } ?? .compared(folder.fileList)
    hasFingerprints = try FileList.write(context.source, to: folder.fileList, earlier, readAhead: nil)
    try writeResults(context)
    // With this file a run can be resumed, so the others come first.
    try AtomicFile.write(try StableJSON.page(context.arguments), to: folder.arguments)
  }

  /// Adds the fingerprints of the files to their list: those that are known, and the others after an epoch, which has read nearly
  /// all of them. So a large dataset is not read before its first epoch, just to be listed.
  private func writeFingerprints(_ context: TrainingContext) throws {
    guard !hasFingerprints else { return }
    hasFingerprints = !context.epochs.isEmpty
    let now = CacheOrigin(of: context.source, options: context.configuration.data.options)
    // The list of a million files takes memory, so it is read only where it has fingerprints or times that are not known otherwise.
    let isAsBegun = context.beginning == .new && now.hasSameFiles(as: context.arguments.origin)
    try FileList.write(
      context.source, to: folder.fileList, isAsBegun ? .none : .beginning(folder.fileList),
      readAhead: hasFingerprints ? context.configuration.readAhead : nil)
  }

  private func writeCheckpoint(_ context: TrainingContext) throws {
    try writeLast(context)
    try writeBest(context)
    guard !isInPlace else { return }
    try target.replace()
    folder = target
  }

  private func writeLast(_ context: TrainingContext) throws {
    let (state, steps) = (context.state, context.steps)
    try history.write(state, to: folder.history)
    let record = Checkpoint.Record(steps: steps, state)
    let report = state.epochs.last.flatMap { $0.step == steps ? $0 : nil }
    try write(summary(report, context), report?.temperature, context, to: folder.last) { writer in
      for (name, tensor) in optimizer.state { writer.add(Model.optimizerPrefix + name, tensor) }
      for (name, tensor) in average?.state ?? [] { writer.add(Model.averagePrefix + name, tensor) }
      writer.add(Checkpoint.key, Array(try StableJSON.line(record).utf8))
    }
  }

  /// Writes the weights as the best ones if they are.
  private func writeBest(_ context: TrainingContext) throws {
    let (state, steps) = (context.state, context.steps)
    if let best = state.best, best.step == steps {
      try write(summary(best, context), best.temperature, context, to: folder.best)
    }
    guard let average, let best = state.bestAverage, best.step == steps else { return }
    try average.whileInUse {
      var summary = summary(best, context)
      (summary.validationLoss, summary.validationAccuracy) = (best.averaged?.loss, best.averaged?.accuracy)
      try write(summary, best.averagedTemperature, context, to: folder.averaged)
    }
  }

  private func summary(_ report: EpochReport?, _ context: TrainingContext) -> Model.TrainingSummary {
    var summary = Model.TrainingSummary(
      seed: context.configuration.seed, steps: context.steps, report: report)
    summary.epoch = context.epochs.count
    (summary.source, summary.license) = context.weightsOrigin
    return summary
  }

  private func write(
    _ summary: Model.TrainingSummary, _ temperature: TemperatureScaling?, _ context: TrainingContext,
    to path: String, attach: (inout SafetensorsWriter) throws -> Void = { _ in }
  ) throws {
    let contents = Model.Contents(
      network: context.network, classNames: context.source.classNames,
      preprocessing: context.configuration.data.preprocessing, backbone: context.backbone,
      temperature: temperature)
    try Model.write(contents, summary, to: path, attach: attach)
  }

  private func writeResults(_ context: TrainingContext) throws {
    try results.write(context.epochs, to: folder.results)
    guard context.configuration.evaluation.validateEvery != nil else { return }
    try validations.write(context.state.validations, to: folder.validations)
  }
}
