import WhiskerData
import WhiskerNN
import WhiskerTensor
import WhiskerTraining

/// Tells a training to whoever is watching.
struct TrainingDisplay {
  enum Verbosity: Int {
    case silent = 0
    case bar = 1
    case lines = 2
  }

  private let verbosity: Verbosity
  private let epochs: Int
  private var bar: ProgressBar

  /// How many unreadable files are told one by one.
  private static let failuresShown = 10

  init(_ verbosity: Verbosity, epochs: Int) {
    self.verbosity = verbosity
    self.epochs = epochs
    bar = ProgressBar(epochs: epochs)
  }

  mutating func show(_ event: TrainingEvent) {
    guard verbosity != .silent else { return }
    switch event {
    case .batchEnded(let report):
      if verbosity == .bar { bar.draw(report) }
    case .epochEnded(let report):
      bar.erase()
      Terminal.print(Self.line(report, epochs: epochs))
    case .validated(let report):
      bar.erase()
      Terminal.print(Self.line(report, epochs: epochs, step: report.step))
    case .checkpoint: break
    case .finished:
      bar.erase()
    case .epochStarted(let epoch):
      if verbosity == .bar { bar.start(epoch) }
    }
  }

  /// Takes what is drawn off the screen, before something else is printed.
  mutating func clear() { bar.erase() }

  /// What is known before the first batch.
  /// - Parameter live: Where the run is shown, which is told in any case: nobody could guess it.
  func introduce(_ session: TrainingSession, _ folder: RunFolder, live: String?) {
    guard verbosity != .silent else {
      if let live { Terminal.print("Live      \(live)") }
      return
    }
    let configuration = session.configuration
    Terminal.print(
      "Whisker \(Version.current), \(Machine.kernels) kernels, \(counted(configuration.threads, "thread"))")
    Terminal.print("")
    for line in DataSummary(session.source).lines { Terminal.print(line) }
    if session.copyCount > 0 { Terminal.print("Note      " + copies(session.copyCount)) }
    Terminal.print("Split     " + split(session))
    Terminal.print("Input     " + configuration.preprocessing.description)
    if !configuration.augmentation.isIdentity {
      Terminal.print("Augment   \(configuration.augmentation)")
    }
    Terminal.print("Network   \(counted(session.network.parameterCount, "parameter"))")
    for line in NetworkTable(
      session.network.specification, shapes: session.network.shapes, input: session.network.inputShape
    ).lines {
      Terminal.print(line)
    }
    Terminal.print("Training  " + training(configuration))
    for line in resumption(session) { Terminal.print(line) }
    Terminal.print("Run       \(folder.path)")
    if let live { Terminal.print("Live      \(live)") }
    Terminal.print("")
  }

  /// How it ended, and what to do next.
  func conclude(_ outcome: TrainingOutcome, _ session: TrainingSession, _ folder: RunFolder) {
    tellFailures(outcome.failures.sorted { $0.name < $1.name })
    guard verbosity != .silent else { return }
    Terminal.print("")
    if let ending = ending(outcome, folder) { Terminal.print(ending) }
    if let best = outcome.best {
      let measured = best.validationLoss.map { ", val_loss \(fixed($0, 4))" } ?? ""
      let accuracy = best.validationAccuracy.map { ", val_accuracy \(fixed($0, 4))" } ?? ""
      let isMidway = !outcome.epochs.contains(best)
      Terminal.print(
        "Best      epoch \(best.epoch)\(isMidway ? ", step \(best.step)" : "")\(measured)\(accuracy)")
      Terminal.print("Model     \(folder.best)")
      if let average = outcome.bestAverage, let measure = average.averaged {
        Terminal.print(
          "Averaged  epoch \(average.epoch), val_loss \(fixed(measure.loss, 4)), "
            + "val_accuracy \(fixed(measure.accuracy, 4)), in \(folder.averaged)")
      }
      Terminal.print("Report    \(folder.report)")
      Terminal.print("Next      whisker predict \(folder.path) PICTURE...")
    } else {
      Terminal.print("Model     \(folder.last)")
      Terminal.print("Report    \(folder.report)")
    }
  }

  /// `Epoch 3/10 loss 0.1234 accuracy 0.9612 val_loss 0.0987 val_accuracy 0.9700 ...`, and in the midst of an epoch
  /// `Step 500 loss ...`
  private static func line(_ report: EpochReport, epochs: Int, step: Int? = nil) -> String {
    let width = String(epochs).count - String(report.epoch).count
    let start =
      step.map { "Step \($0)" }
      ?? "Epoch \(String(repeating: " ", count: width))\(report.epoch)/\(epochs)"
    let trained = "loss \(fixed(report.loss, 4)) accuracy \(fixed(report.accuracy, 4))"
    let validated = zip2(report.validationLoss, report.validationAccuracy).map {
      " val_loss \(fixed($0, 4)) val_accuracy \(fixed($1, 4))"
    }
    let averaged = report.averaged.map { "averaged \(fixed($0.loss, 4)) \(fixed($0.accuracy, 4))" }
    let speed = "\(duration(report.seconds)) \(grouped(Int(report.imagesPerSecond))) images/s"
    let parts =
      ["\(start) \(trained)\(validated ?? "")"] + (averaged.map { [$0] } ?? [])
      + [speed, "waiting \(percent(report.waitingShare))"]
    guard Terminal.isInteractive else { return parts.joined(separator: " ") }
    return fitted(parts, columns: Terminal.columns)
  }

  private func split(_ session: TrainingSession) -> String {
    let parts = "\(grouped(session.training.count)) training, \(grouped(session.validation.count)) validation"
    if session.hasOwnValidation { return parts + " (as the data set is divided)" }
    let share = session.configuration.validationSplit ?? TrainingConfiguration.defaultValidationSplit
    return parts + " (\(percent(share)) of each class, seed \(session.configuration.seed))"
  }

  private func copies(_ count: Int) -> String {
    counted(count, "picture is a copy of another", "pictures are copies of others")
      + "; copies stay on one side of the split"
  }

  private func training(_ configuration: TrainingConfiguration) -> String {
    let optimizer =
      configuration.optimizer == .adam ? "Adam" : "SGD with momentum \(configuration.momentum)"
    var parts = [
      counted(configuration.epochs, "epoch"), "batch \(configuration.batchSize)", optimizer,
      "learning rate \(configuration.learningRate)", "seed \(configuration.seed)",
    ]
    if configuration.schedule != .constant {
      parts.append("schedule \(configuration.schedule)")
    }
    if let momentum = configuration.averageMomentum { parts.append("weights averaged with \(momentum)") }
    if let patience = configuration.patience { parts.append("patience \(patience)") }
    if configuration.classWeights == .balanced { parts.append("balanced class weights") }
    return parts.joined(separator: ", ")
  }

  /// Where a resumed run goes on.
  private func resumption(_ session: TrainingSession) -> [String] {
    guard let resumed = session.resumed else { return [] }
    let place =
      resumed.batchCount > 0
      ? "\(counted(resumed.batchCount, "batch", "batches")) into epoch \(resumed.epochCount + 1)"
      : resumed.epochCount > 0
        ? "after epoch \(resumed.epochCount)" : "from the beginning: no weights were kept yet"
    let kernels = resumed.otherKernels.map {
      "Note      the run was computed with the \($0) kernels: with others it may not end in the same bytes"
    }
    return ["Resumed   \(place)"] + (kernels.map { [$0] } ?? [])
  }

  private func tellFailures(_ failures: [SampleFailure]) {
    guard !failures.isEmpty else { return }
    Terminal.complain("Skipped \(counted(failures.count, "file")) that cannot be read:")
    for failure in failures.prefix(Self.failuresShown) {
      Terminal.complain("  \(failure.name): \(failure.reason)")
    }
    let rest = failures.count - Self.failuresShown
    if rest > 0 {
      Terminal.complain("  and \(counted(rest, "other")), all listed in metrics.json of the run")
    }
  }

  private func ending(_ outcome: TrainingOutcome, _ folder: RunFolder) -> String? {
    switch outcome.reason {
    case .completed: return nil
    case .stoppedEarly: return "Stopped   early: the validation loss no longer improves"
    case .interrupted where outcome.batchesBeyond > 0:
      return "Stopped   by a signal, \(counted(outcome.batchesBeyond, "batch", "batches")) into epoch "
        + "\(outcome.epochs.count + 1), kept in last.safetensors"
    case .interrupted: return "Stopped   by a signal after epoch \(outcome.epochs.count)"
    }
  }
}

/// Both values, or nil.
private func zip2<First, Second>(_ first: First?, _ second: Second?) -> (First, Second)? {
  guard let first, let second else { return nil }
  return (first, second)
}
