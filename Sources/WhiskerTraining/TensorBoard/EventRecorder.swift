import WhiskerData
import WhiskerNN
import WhiskerTensor

/// Tells TensorBoard how a training goes, in event files in the run's folder. Every figure is told as of the number of
/// steps made, so that what a resumed training makes again takes the place of what was told of it before.
final class EventRecorder {
  private let session: TrainingSession
  private let folder: RunFolder
  /// Nil until the run has a right to its folder.
  private var file: EventFile?
  /// What is to be written.
  private var waiting: [UInt8] = []
  private var lastWritten = ContinuousClock.now
  /// The sums behind the last loss that was told within the epoch.
  private var told = (loss: 0.0, samples: 0)

  /// The losses told within an epoch are at least so many, where there are as many steps.
  private static let lossesPerEpoch = 50
  /// Those losses reach the file about as often: a call of the system for each would be most of what they cost.
  private static let interval = Duration.seconds(1)
  /// How often weights and confusions are told at most, however many epochs there are.
  private static let detailLimit = 100
  private static let buckets = 64

  init(_ session: TrainingSession, _ folder: RunFolder) { (self.session, self.folder) = (session, folder) }

  /// Starts the file.
  /// - Parameter state: What has been trained already.
  /// - Throws: `FileError` when it cannot be written.
  func begin(_ state: TrainingState) throws {
    var number = folder.eventsCount + 1
    if session.isPausedHere, number > 1 {
      file = try EventFile(folder.events(number - 1), appends: true)
      return try flush()
    }
    while file == nil {
      file = try EventFile(folder.events(number))
      number += 1
    }
    let isFirst = number == 2
    let toldBefore = waiting
    waiting = []
    tell([.version, .summary([Self.charts], step: 0)])
    if session.resumed != nil { tell([.restart(at: session.optimizer.steps + 1)]) }
    // A run may be told of from its middle on, and be whole all the same.
    if isFirst { tell(state.epochs.map { Self.summary("epochs", $0) }) }
    waiting += toldBefore
    try flush()
  }

  /// Notes an event.
  /// - Parameter confusion: That of the last validation.
  /// - Throws: `FileError` when it cannot be written, `ResourceError` when the machine runs out of something.
  func record(_ event: TrainingEvent, _ state: TrainingState, _ confusion: ConfusionMatrix?) throws {
    switch event {
    case .batchEnded(let report): try record(report)
    case .checkpoint:
      let step = session.optimizer.steps
      if let report = state.epochs.last, report.step == step { try record(report, confusion) }
      if let report = state.validations.last, report.step == step, state.epochs.last?.step != step {
        tell([Self.summary("validations", report)])
      }
      try flush()
    case .epochStarted: told = state.progress.map { ($0.totals.lossSum, $0.samples) } ?? (0, 0)
    case .validationStarted, .validated, .epochEnded, .finished: break
    }
  }

  /// Tells the mean loss since it was told last.
  private func record(_ report: BatchReport) throws {
    let interval = max(1, report.batchCount / Self.lossesPerEpoch)
    guard session.optimizer.steps.isMultiple(of: interval) else { return }
    let sums = (loss: report.loss * Double(report.samples), samples: report.samples)
    let loss = (sums.loss - told.loss) / Double(sums.samples - told.samples)
    told = sums
    tell([.summary([.scalar("steps/loss", loss)], step: session.optimizer.steps)])
    if ContinuousClock.now - lastWritten > Self.interval { try flush() }
  }

  private func record(_ report: EpochReport, _ confusion: ConfusionMatrix?) throws {
    var messages = [Self.summary("epochs", report)]
    if report.epoch == 1 { messages.append(.summary(try samples(), step: report.step)) }
    if report.epoch.isMultiple(of: max(1, session.configuration.epochs / Self.detailLimit)) {
      messages.append(.summary(details(confusion), step: report.step))
    }
    tell(messages)
  }

  /// The weights and the confusion matrix.
  private func details(_ confusion: ConfusionMatrix?) -> [EventMessage.Value] {
    let network = session.network
    let weights = network.parameters.compactMap { parameter in
      parameter.value.histogram(buckets: Self.buckets, pool: network.pool).map {
        EventMessage.Value.histogram("weights/\(parameter.name)", $0)
      }
    }
    guard let confusion, let image = ConfusionImage(confusion) else { return weights }
    let description = ConfusionImage.description(session.source.classNames)
    return weights + [.image("confusion_matrix", image.image, description: description)]
  }

  private func samples() throws -> [EventMessage.Value] {
    let (configuration, training) = (session.configuration, session.training)
    let augmenter =
      configuration.augmentation.isIdentity
      ? nil
      : Augmenter(
        configuration.augmentation, training.dataset.preprocessing, seed: configuration.seed, epoch: 1)
    let strips = try SampleStrips(training, augmenter).strips
    return zip(session.source.classNames, strips).compactMap { name, strip in
      strip.map { .image("samples/\(name)", $0) }
    }
  }

  private func tell(_ messages: [EventMessage]) {
    for message in messages { waiting += EventFile.record(message.bytes) }
  }

  private func flush() throws {
    guard let file else { return }
    try file.append(waiting)
    waiting.removeAll(keepingCapacity: true)
    lastWritten = .now
  }

  private static func summary(_ group: String, _ report: EpochReport) -> EventMessage {
    let values: [(String, Double?)] = [
      ("loss", report.loss), ("accuracy", report.accuracy), ("val_loss", report.validationLoss),
      ("val_accuracy", report.validationAccuracy), ("average_val_loss", report.averaged?.loss),
      ("average_val_accuracy", report.averaged?.accuracy), ("learning_rate", report.learningRate),
      ("images_per_second", report.imagesPerSecond),
    ]
    let dropout = report.dropout.map { dropout in
      [("train_loss", dropout.trainingLoss)]
        + dropout.rates.enumerated().map { ("dropout_\($0 + 1)", $1) }
    }
    return .summary(
      (values + (dropout ?? [])).compactMap { name, value in value.map { .scalar("\(group)/\(name)", $0) } },
      step: report.step)
  }

  private static var charts: EventMessage.Value {
    .charts(
      "Training and validation",
      ["loss", "accuracy"].map { ($0, ["epochs/\($0)", "epochs/val_\($0)", "epochs/average_val_\($0)"]) })
  }
}
