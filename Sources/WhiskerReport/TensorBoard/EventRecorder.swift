import WhiskerTraining
import WhiskerData
import WhiskerNN
import WhiskerCore

/// Writes event files for TensorBoard into the run's folder. Every value is written with its step, so that the values of a
/// resumed training replace those that were written before for the same steps.
public final class EventRecorder: TrainingObserver {
  private let folder: RunFolder
  /// Nil until the run is in its folder.
  private var file: EventFile?
  /// Records that are not in the file yet.
  private var pending: [UInt8] = []
  private var lastWritten = ContinuousClock.now
  /// The sums at the last loss that was recorded within the epoch.
  private var recorded = (loss: 0.0, samples: 0)

  /// The losses recorded within an epoch are at least so many, if it has as many steps.
  private static let lossesPerEpoch = 50
  /// How often they are written: a system call for each would be most of their cost.
  private static let interval = Duration.seconds(1)
  /// How often weights and confusion matrices are recorded at most, however many epochs there are.
  private static let detailLimit = 100
  private static let buckets = 64

  /// Records the run in `folder`.
  public init(_ folder: RunFolder) { self.folder = folder }

  /// Starts the file, unless the folder still belongs to the run that is to be replaced.
  /// - Throws: `FileError` when it cannot be written.
  public func begin(_ context: TrainingContext) throws {
    if context.isInPlace { try openFile(context, context.state.epochs) }
  }

  /// - Parameter epochs: The epochs before this process, which a first file starts with.
  private func openFile(_ context: TrainingContext, _ epochs: [EpochReport]) throws {
    var number = folder.eventsCount + 1
    if context.beginning == .continued, number > 1 {
      file = try EventFile(folder.events(number - 1), appends: true)
      return try flush()
    }
    while file == nil {
      file = try EventFile(folder.events(number))
      number += 1
    }
    let isFirst = number == 2
    let earlier = pending
    pending = []
    record([.version, .summary([Self.charts], step: 0)])
    if context.beginning != .new { record([.restart(at: context.steps + 1)]) }
    // A run that was begun without event files still gets all its epochs.
    if isFirst { record(epochs.map { Self.summary("epochs", $0) }) }
    pending += earlier
    try flush()
  }

  /// Records the report of the epoch or validation, so that none is missing that the checkpoint counts.
  /// - Throws: `FileError` when it cannot be written, `ResourceError` when the machine runs out of something.
  public func prepareCheckpoint(_ context: TrainingContext) throws {
    let (state, step) = (context.state, context.steps)
    if let report = state.epochs.last, report.step == step { try record(report, context) }
    if let report = state.validations.last, report.step == step, state.epochs.last?.step != step {
      record([Self.summary("validations", report)])
    }
    try flush()
  }

  /// Records an event.
  /// - Throws: `FileError` when it cannot be written.
  public func observe(_ event: TrainingEvent, _ context: TrainingContext) throws {
    switch event {
    case .batchEnded(let report): try record(report, step: context.steps)
    case .checkpoint: if file == nil, context.isInPlace { try openFile(context, []) }
    case .epochStarted:
      recorded = context.state.progress.map { ($0.totals.lossSum, $0.samples) } ?? (0, 0)
    case .validationStarted, .validated, .epochEnded, .finished: break
    }
  }

  /// Records the mean loss since the last record.
  private func record(_ report: BatchReport, step: Int) throws {
    let interval = max(1, report.batchCount / Self.lossesPerEpoch)
    guard step.isMultiple(of: interval) else { return }
    let sums = (loss: report.loss * Double(report.samples), samples: report.samples)
    let loss = (sums.loss - recorded.loss) / Double(sums.samples - recorded.samples)
    recorded = sums
    record([.summary([.scalar("steps/loss", loss)], step: step)])
    if ContinuousClock.now - lastWritten > Self.interval { try flush() }
  }

  private func record(_ report: EpochReport, _ context: TrainingContext) throws {
    var messages = [Self.summary("epochs", report)]
    if report.epoch == 1 { messages.append(.summary(try samples(context), step: report.step)) }
    if report.epoch.isMultiple(of: max(1, context.configuration.optimization.epochs / Self.detailLimit)) {
      messages.append(.summary(details(context), step: report.step))
    }
    record(messages)
  }

  /// The weights and the confusion matrix.
  private func details(_ context: TrainingContext) -> [EventMessage.Value] {
    let network = context.network
    let weights = network.parameters.compactMap { parameter in
      parameter.value.histogram(buckets: Self.buckets, pool: network.pool).map {
        EventMessage.Value.histogram("weights/\(parameter.name)", $0)
      }
    }
    guard let confusion = context.lastEvaluation?.evaluation.confusion,
      let image = ConfusionImage(confusion, context.source.classNames)
    else { return weights }
    let description = ConfusionImage.description(context.source.classNames)
    return weights + [.image("confusion_matrix", image.image, description: description)]
  }

  /// Samples of each class, and the same ones as the first epoch augments them.
  private func samples(_ context: TrainingContext) throws -> [EventMessage.Value] {
    let (configuration, training) = (context.configuration, context.training)
    // Features are no pictures.
    guard context.backbone == nil else { return [] }
    let plain = try strips("samples", context, nil)
    guard !configuration.data.augmentation.isIdentity else { return plain }
    let augmenter = Augmenter(
      configuration.data.augmentation, training.dataset.preprocessing, seed: configuration.seed, epoch: 1)
    return try plain + strips("augmented_samples", context, augmenter)
  }

  private func strips(
    _ group: String, _ context: TrainingContext, _ augmenter: Augmenter?
  ) throws -> [EventMessage.Value] {
    zip(context.source.classNames, try SampleStrips(context.training, augmenter).strips).compactMap {
      name, strip in
      strip.map { .image("\(group)/\(name)", $0) }
    }
  }

  private func record(_ messages: [EventMessage]) {
    for message in messages { pending += EventFile.record(message.bytes) }
  }

  private func flush() throws {
    guard let file else { return }
    try file.append(pending)
    pending.removeAll(keepingCapacity: true)
    lastWritten = .now
  }

  private static func summary(_ group: String, _ report: EpochReport) -> EventMessage {
    let values = Metrics.all.filter(\.isInTensorBoard).flatMap { metric in
      report.values(of: metric).enumerated().map { index, value in
        let name = metric.isList ? "\(metric.key)_\(index + 1)" : metric.key
        return EventMessage.Value.scalar("\(group)/\(name)", value)
      }
    }
    return .summary(values, step: report.step)
  }

  private static var charts: EventMessage.Value {
    .charts(
      "Training and validation",
      MetricChart.allCases.map { chart in
        let metrics = Metrics.all.filter { $0.chart == chart && $0.kind != .dropout }
        return (chart.rawValue, metrics.map { "epochs/\($0.key)" })
      })
  }
}
