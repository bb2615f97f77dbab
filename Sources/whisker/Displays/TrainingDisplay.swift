import WhiskerData
import WhiskerNN
import WhiskerCore
import WhiskerReport
import WhiskerTraining

/// The terminal output of a training.
final class TrainingDisplay: TrainingObserver {
  enum Verbosity: Int {
    case silent = 0
    case bar = 1
    case lines = 2
  }

  private let verbosity: Verbosity
  private let epochs: Int
  private var bar: ProgressBar

  /// The number of classes with skipped files to list.
  private static let classesShown = 10

  init(_ verbosity: Verbosity, epochs: Int) {
    self.verbosity = verbosity
    self.epochs = epochs
    bar = ProgressBar(epochs: epochs)
  }

  func observe(_ event: TrainingEvent, _ context: TrainingContext) {
    guard verbosity != .silent else { return }
    switch event {
    case .batchEnded(let report):
      if verbosity == .bar { bar.draw(report, activity: activity(context)) }
    case .validationStarted(let epoch, let samples):
      if verbosity == .bar { bar.drawValidation(of: samples, in: epoch) }
    case .epochEnded(let report):
      bar.record(report)
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

  /// What takes the time of an epoch besides training; nil for nothing unusual.
  private func activity(_ context: TrainingContext) -> String? {
    let isReady = (context.training.dataset as? any InMemoryDataset)?.isInMemory ?? false
    return context.backbone == nil || isReady ? nil : "computing features"
  }

  /// Erases the bar, before something else is printed.
  func clear() { bar.erase() }

  /// Prints the setup before the first batch.
  /// - Parameter live: The address of the live report, which is printed even when silent.
  func introduce(_ session: TrainingSession, _ folder: RunFolder, live: String?) {
    guard verbosity != .silent else {
      printAddress(live)
      return
    }
    Self.printSetup(session, session.flaws)
    for line in resumption(session) { Terminal.print(paragraph: line) }
    Terminal.print(paragraph: "Run       \(folder.path)")
    printAddress(live)
    Terminal.print("")
  }

  private func printAddress(_ live: String?) {
    guard let live else { return }
    Terminal.print(paragraph: "Live      \(live)")
    for line in SSHTunnel.lines(to: live) { Terminal.print(paragraph: line) }
  }

  /// Prints dataset, network and training options.
  /// - Parameter flaws: The flaws of all trainings with the setup.
  static func printSetup(_ session: TrainingSession, _ flaws: HeldOutFlaws) {
    let configuration = session.configuration
    Terminal.print(
      paragraph:
        "Whisker \(Version.current), \(Machine.kernels) kernels, \(counted(configuration.execution.threads, "thread"))"
        + ProcessGroup.description)
    Terminal.print("")
    for line in DataSummary(session.source).lines { Terminal.print(paragraph: line) }
    if let excluded = configuration.data.excluded {
      let count = counted(excluded.count, "picture is", "pictures are")
      Terminal.print(paragraph: "Note      \(count) left out: \(Setting.excluded.flag)")
    }
    for line in foreignNotes(session) { Terminal.print(paragraph: "Note      " + line) }
    if session.copyCount > 0 { Terminal.print(paragraph: "Note      " + copies(session.copyCount)) }
    for flaw in flaws.sentences { Terminal.print(paragraph: "Note      " + flaw) }
    if let count = session.groupCount {
      Terminal.print(
        paragraph:
          "Groups    \(grouped(count)); the pictures of a group are all in training or all in validation")
    }
    Terminal.print(paragraph: "Split     " + split(session))
    let sizes = configuration.data.trainingSizeText.map { ", trained at \($0)" } ?? ""
    Terminal.print(paragraph: "Input     " + configuration.data.preprocessing.ofPictures.description + sizes)
    if let backbone = session.backbone { Terminal.print(paragraph: "Backbone  " + text(of: backbone)) }
    if !configuration.data.augmentation.isIdentity {
      Terminal.print(paragraph: "Augment   \(configuration.data.augmentation)")
    }
    Terminal.print(
      paragraph: (session.backbone == nil ? "Network   " : "Head      ")
        + counted(session.network.parameterCount, "parameter"))
    let network = session.network
    let table = NetworkTable(network.specification, shapes: network.shapes, input: network.inputShape)
    for line in table.lines(columns: Terminal.width) { Terminal.print(line) }
    Terminal.print(paragraph: "Training  " + training(configuration))
    if let line = Recipe.line { Terminal.print(paragraph: line) }
  }

  /// Prints the result and the next step.
  func conclude(
    _ outcome: TrainingOutcome, _ session: TrainingSession, _ folder: RunFolder, _ verdict: TrainingVerdict?,
    resumed: RunFolder
  ) {
    warnAboutFailures(outcome.failures.sorted { $0.name < $1.name })
    guard verbosity != .silent else { return }
    Terminal.print("")
    for line in AccuracyPlot(outcome.epochs, columns: Terminal.width).lines { Terminal.print(line) }
    if outcome.reason == .interrupted {
      Terminal.print(
        paragraph: "Resume    " + ShellWords(["whisker", "train", "--resume", resumed.path]).text)
    }
    if let ending = ending(outcome, session.configuration.evaluation.monitor) {
      Terminal.print(paragraph: ending)
    }
    if let traffic = session.traffic, traffic.steps > 0 {
      Terminal.print(paragraph: "Reduce    " + text(of: traffic))
    }
    if let best = outcome.best {
      let measured = best.validationLoss.map { ", val_loss \(fixed($0, 4))" } ?? ""
      let accuracy = best.validationAccuracy.map { ", val_accuracy \(fixed($0, 4))" } ?? ""
      let isMidway = !outcome.epochs.contains { $0.step == best.step }
      let place =
        best.step == 0
        ? "the start, no epoch is better" : "epoch \(best.epoch)\(isMidway ? ", step \(best.step)" : "")"
      Terminal.print(paragraph: "Best      \(place)\(measured)\(accuracy)")
      Terminal.print(paragraph: "Model     \(folder.best)")
      if let average = outcome.bestAverage, let measure = average.averaged {
        Terminal.print(
          paragraph:
            "Averaged  epoch \(average.epoch), val_loss \(fixed(measure.loss, 4)), "
            + "val_accuracy \(fixed(measure.accuracy, 4)), in \(folder.averaged)")
      }
      Terminal.print(paragraph: "Report    \(folder.report)")
      let configuration = session.configuration
      if configuration.fineTuning != nil, !configuration.isFineTuning, outcome.reason != .interrupted {
        return Terminal.print("")
      }
      for line in verdict.map({ VerdictLines($0, configuration).lines }) ?? [] {
        Terminal.print(paragraph: line)
      }
      if let line = RecipeAdvice(session).line { Terminal.print(paragraph: line) }
      guard verdict?.isUsable ?? true else { return }
      Terminal.print(paragraph: "Next      whisker predict \(ShellWords([folder.path]).text) PICTURE...")
    } else {
      Terminal.print(paragraph: "Model     \(folder.last)")
      Terminal.print(paragraph: "Report    \(folder.report)")
    }
  }

  /// Notes on classes with many files that will be skipped.
  private static func foreignNotes(_ session: TrainingSession) -> [String] {
    let sets = [session.training, session.validation]
    let readAhead = session.configuration.readAhead
    let foreign = sets.flatMap { (try? $0.foreignPictures(readAhead)) ?? [] }
    let classes = SkippedClass.notable(foreign, in: sets)
    let rest = classes.count - classesShown
    return classes.prefix(classesShown).map {
      "\(grouped($0.skipped)) of \(counted($0.count, "file")) of \($0.name) are not \(ImageFormat.names), and are skipped"
    } + (rest > 0 ? ["also affected: \(counted(rest, "other class", "other classes"))"] : [])
  }

  private static func text(of backbone: Backbone) -> String {
    "\(backbone.path): \(grouped(backbone.origin.count)) features, from \(counted(backbone.layers.count, "layer")) with "
      + "\(counted(backbone.parameterCount, "parameter")), frozen"
  }

  private static func split(_ session: TrainingSession) -> String {
    let parts = "\(grouped(session.training.count)) training, \(grouped(session.validation.count)) validation"
    if session.hasOwnValidation { return parts + " (splits of the dataset)" }
    let (data, seed) = (session.configuration.data, session.configuration.seed)
    let side = data.fold.map { "fold \($0.number) of \($0.count)" } ?? session.shareText
    return parts + " (\(side), seed \(data.splitSeed ?? seed))"
  }

  private static func copies(_ count: Int) -> String {
    counted(count, "picture is a copy of another", "pictures are copies of others")
      + "; copies stay in one split"
  }

  private static func training(_ configuration: TrainingConfiguration) -> String {
    var parts = [
      counted(configuration.optimization.epochs, "epoch"), "batch \(configuration.optimization.batchSize)",
      configuration.optimization.optimizerText,
      "learning rate \(configuration.optimization.learningRate)", "seed \(configuration.seed)",
    ]
    if configuration.optimization.schedule != .constant {
      parts.append("schedule \(configuration.optimization.schedule)")
    }
    if configuration.optimization.weightDecay > 0 {
      parts.append("weight decay \(configuration.optimization.weightDecay)")
    }
    if let smoothing = configuration.optimization.labelSmoothing {
      parts.append("label smoothing \(smoothing)")
    }
    if let mixing = configuration.optimization.mixing { parts.append("\(mixing)") }
    if let norm = configuration.optimization.clipNorm { parts.append("gradients clipped to norm \(norm)") }
    if let adaptation = configuration.model.dropoutAdaptation { parts.append("dropout \(adaptation)") }
    if let momentum = configuration.optimization.averageMomentum {
      parts.append("weight averaging \(momentum)")
    }
    if configuration.evaluation.monitor != .validationLoss {
      parts.append("best by \(configuration.evaluation.monitor.rawValue)")
    }
    if let patience = configuration.evaluation.patience { parts.append("patience \(patience)") }
    if configuration.optimization.classWeights == .balanced { parts.append("balanced class weights") }
    return parts.joined(separator: ", ")
  }

  /// The position at which a resumed run continues.
  private func resumption(_ session: TrainingSession) -> [String] {
    guard let resumed = session.resumed else { return [] }
    let place =
      resumed.batchCount > 0
      ? "\(counted(resumed.batchCount, "batch", "batches")) into epoch \(resumed.epochCount + 1)"
      : resumed.epochCount > 0
        ? "after epoch \(resumed.epochCount)" : "from the start: no checkpoint was saved yet"
    let kernels = resumed.otherKernels.map {
      "Note      the run used the \($0) kernels: with others the result may differ in its last bits"
    }
    return ["Resumed   \(place)"] + (kernels.map { [$0] } ?? [])
  }

  private func warnAboutFailures(_ failures: [SampleFailure]) {
    FailureList(failures, rest: ", all listed in metrics.json of the run").warn()
  }

  private func text(of traffic: AllReduceStatistics) -> String {
    "\(megabytes(traffic.bytes)) per step over \(traffic.processes) processes, waiting "
      + "\(fixed(1000 * traffic.waitingSeconds / Double(traffic.steps), 2)) ms of "
      + "\(fixed(1000 * traffic.seconds / Double(traffic.steps), 2)) ms"
  }

  private func ending(_ outcome: TrainingOutcome, _ monitor: Monitor) -> String? {
    switch outcome.reason {
    case .completed: return nil
    case .stoppedEarly:
      return "Stopped   early: the \(monitor.words) no longer improves"
    case .interrupted where outcome.batchesBeyond > 0:
      return "Stopped   by a signal, \(counted(outcome.batchesBeyond, "batch", "batches")) into epoch "
        + "\(outcome.epochs.count + 1), kept in last.safetensors"
    case .interrupted: return "Stopped   by a signal after epoch \(outcome.epochs.count)"
    }
  }
}
