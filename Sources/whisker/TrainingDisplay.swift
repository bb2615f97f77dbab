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
    case .validationStarted(let epoch, let samples):
      if verbosity == .bar { bar.drawValidation(of: samples, in: epoch) }
    case .epochEnded(let report):
      bar.note(report)
      bar.erase()
      Terminal.print(EpochLine(report, epochs: epochs).text(columns: Terminal.width))
    case .validated(let report):
      bar.erase()
      Terminal.print(EpochLine(midway: report).text(columns: Terminal.width))
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
      tellAddress(live)
      return
    }
    Self.tellSetup(session)
    for line in resumption(session) { Terminal.tell(line) }
    Terminal.tell("Run       \(folder.path)")
    tellAddress(live)
    Terminal.print("")
  }

  private func tellAddress(_ live: String?) {
    guard let live else { return }
    Terminal.tell("Live      \(live)")
    for line in SSHTunnel.lines(to: live) { Terminal.tell(line) }
  }

  /// The data, the network, and how it is trained.
  static func tellSetup(_ session: TrainingSession) {
    let configuration = session.configuration
    Terminal.tell(
      "Whisker \(Version.current), \(Machine.kernels) kernels, \(counted(configuration.threads, "thread"))"
        + Ranks.description)
    Terminal.print("")
    for line in DataSummary(session.source).lines { Terminal.tell(line) }
    for line in foreignNotes(session) { Terminal.tell("Note      " + line) }
    if session.copyCount > 0 { Terminal.tell("Note      " + copies(session.copyCount)) }
    Terminal.tell("Split     " + split(session))
    Terminal.tell("Input     " + configuration.preprocessing.description)
    if !configuration.augmentation.isIdentity {
      Terminal.tell("Augment   \(configuration.augmentation)")
    }
    Terminal.tell("Network   \(counted(session.network.parameterCount, "parameter"))")
    let network = session.network
    let table = NetworkTable(network.specification, shapes: network.shapes, input: network.inputShape)
    for line in table.lines(columns: Terminal.width) { Terminal.print(line) }
    Terminal.tell("Training  " + training(configuration))
  }

  /// How it ended, and what to do next.
  func conclude(_ outcome: TrainingOutcome, _ session: TrainingSession, _ folder: RunFolder) {
    tellFailures(outcome.failures.sorted { $0.name < $1.name })
    guard verbosity != .silent else { return }
    Terminal.print("")
    for line in AccuracyPlot(outcome.epochs, columns: Terminal.width).lines { Terminal.print(line) }
    if outcome.reason == .interrupted {
      Terminal.tell("Resume    " + ShellWords(["whisker", "train", "--resume", folder.path]).text)
    }
    if let ending = ending(outcome, session.configuration.monitor) { Terminal.tell(ending) }
    if let traffic = session.traffic, traffic.steps > 0 { Terminal.tell("Sums      " + text(of: traffic)) }
    if let best = outcome.best {
      let measured = best.validationLoss.map { ", val_loss \(fixed($0, 4))" } ?? ""
      let accuracy = best.validationAccuracy.map { ", val_accuracy \(fixed($0, 4))" } ?? ""
      let isMidway = !outcome.epochs.contains { $0.step == best.step }
      Terminal.tell(
        "Best      epoch \(best.epoch)\(isMidway ? ", step \(best.step)" : "")\(measured)\(accuracy)")
      Terminal.tell("Model     \(folder.best)")
      if let average = outcome.bestAverage, let measure = average.averaged {
        Terminal.tell(
          "Averaged  epoch \(average.epoch), val_loss \(fixed(measure.loss, 4)), "
            + "val_accuracy \(fixed(measure.accuracy, 4)), in \(folder.averaged)")
      }
      Terminal.tell("Report    \(folder.report)")
      for line in session.verdict.map({ VerdictLines($0).lines }) ?? [] { Terminal.tell(line) }
      guard session.verdict?.isUsable ?? true else { return }
      Terminal.tell("Next      whisker predict \(ShellWords([folder.path]).text) PICTURE...")
    } else {
      Terminal.tell("Model     \(folder.last)")
      Terminal.tell("Report    \(folder.report)")
    }
  }

  /// What is known to be skipped of a class, where that is much.
  private static func foreignNotes(_ session: TrainingSession) -> [String] {
    guard session.source.kind == .imageFolder else { return [] }
    let sets = [session.training, session.validation]
    let lanes = session.configuration.lanes
    let foreign = sets.flatMap { (try? $0.foreignPictures(below: session.source.path, lanes)) ?? [] }
    let classes = SkippedClass.notable(foreign, in: sets)
    let rest = classes.count - failuresShown
    return classes.prefix(failuresShown).map {
      "\(grouped($0.skipped)) of \(counted($0.count, "file")) of \($0.name) are neither PNG nor JPEG, and are skipped"
    } + (rest > 0 ? ["so it is with \(counted(rest, "other class", "other classes"))"] : [])
  }

  private static func split(_ session: TrainingSession) -> String {
    let parts = "\(grouped(session.training.count)) training, \(grouped(session.validation.count)) validation"
    if session.hasOwnValidation { return parts + " (as the data set is divided)" }
    let share = session.configuration.validationSplit ?? TrainingConfiguration.defaultValidationSplit
    return parts + " (\(percent(share)) of each class, seed \(session.configuration.seed))"
  }

  private static func copies(_ count: Int) -> String {
    counted(count, "picture is a copy of another", "pictures are copies of others")
      + "; copies stay on one side of the split"
  }

  private static func training(_ configuration: TrainingConfiguration) -> String {
    let optimizer =
      configuration.optimizer == .adam ? "Adam" : "SGD with momentum \(configuration.momentum)"
    var parts = [
      counted(configuration.epochs, "epoch"), "batch \(configuration.batchSize)", optimizer,
      "learning rate \(configuration.learningRate)", "seed \(configuration.seed)",
    ]
    if configuration.schedule != .constant {
      parts.append("schedule \(configuration.schedule)")
    }
    if let decay = configuration.weightDecay { parts.append("weight decay \(decay)") }
    if let adaptation = configuration.dropoutAdaptation { parts.append("dropout \(adaptation)") }
    if let momentum = configuration.averageMomentum { parts.append("weights averaged with \(momentum)") }
    if let monitor = configuration.monitor { parts.append("best by \(monitor.rawValue)") }
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

  private func text(of traffic: GradientTraffic) -> String {
    "\(megabytes(traffic.bytes)) a step over \(traffic.processes) processes, waited for "
      + "\(fixed(1000 * traffic.waitingSeconds / Double(traffic.steps), 2)) ms of "
      + "\(fixed(1000 * traffic.seconds / Double(traffic.steps), 2)) ms"
  }

  private func ending(_ outcome: TrainingOutcome, _ monitor: Monitor?) -> String? {
    switch outcome.reason {
    case .completed: return nil
    case .stoppedEarly:
      return "Stopped   early: the \((monitor ?? .validationLoss).words) no longer improves"
    case .interrupted where outcome.batchesBeyond > 0:
      return "Stopped   by a signal, \(counted(outcome.batchesBeyond, "batch", "batches")) into epoch "
        + "\(outcome.epochs.count + 1), kept in last.safetensors"
    case .interrupted: return "Stopped   by a signal after epoch \(outcome.epochs.count)"
    }
  }
}
