import ArgumentParser
import WhiskerCore
import WhiskerData
import WhiskerNN
import WhiskerTraining

/// The terminal output of a sweep.
final class SweepDisplay: SweepObserver {
  private let sweep: Sweep
  private let verbosity: TrainingDisplay.Verbosity
  private let total: Int
  private var done: Int
  private var block: LiveBlock
  private var standings: [String: (trial: SweepTrial, epoch: Int, share: Double)] = [:]
  private var drawn: ContinuousClock.Instant?
  private let start = ContinuousClock.now
  private let doneBefore: Int

  private static let interval = Duration.milliseconds(200)
  /// The number of lines around the rows of the table.
  private static let linesAround = 4

  init(_ sweep: Sweep, _ verbosity: TrainingDisplay.Verbosity) {
    (self.sweep, self.verbosity) = (sweep, verbosity)
    let progress = sweep.progress
    (total, done, doneBefore) = (progress.total, progress.done, progress.done)
    block = LiveBlock(isShown: verbosity == .bar)
  }

  /// Reads the dataset of a sweep.
  /// - Parameter command: The command that resumes the sweep; nil for a new one.
  /// - Throws: `ExitCode` after an interruption, or the errors of reading.
  static func read(
    _ configuration: SweepConfiguration, _ source: DataSource?, _ verbosity: TrainingDisplay.Verbosity,
    resuming command: [String]? = nil
  ) throws -> SweepData {
    let hasBackbone = configuration.base.model.backbone != nil
    Interruption.listen()
    var bar = ReadingBar(hasBackbone ? "Features" : "Decoded")
    defer { bar.erase() }
    let report = { @Sendable in
      FeatureDisplay.reportStop(
        hasBackbone ? "features were computed" : "pictures were decoded", resuming: command, verbosity)
    }
    let data = try StopLimit.run {
      try SweepData(
        configuration, source: source, isResumed: command != nil, shouldStop: { Interruption.isWished }
      ) {
        if verbosity != .silent { bar.draw($0) }
      }
    } orEnd: {
      report()
    }
    if let data {
      if hasBackbone, verbosity != .silent { bar.conclude() }
      return data
    }
    report()
    throw ExitCode(Interruption.exitStatus)
  }

  func observe(_ event: SweepEvent, _ context: SweepContext) {
    guard verbosity != .silent else { return }
    switch event {
    case .standing(let trial, let epoch, let share):
      standings["\(trial.setting) \(trial.seed)"] = (trial, epoch, share)
      draw()
    case .kept: break
    case .trained(let training):
      done += 1
      standings["\(training.setting) \(training.seed)"] = nil
      if verbosity == .lines { Terminal.print(line(training)) } else { draw(isLast: true) }
    case .halved(let survivors, let epochs):
      // Trainings that stopped early are not continued in the next rung.
      done = sweep.progress.done
      guard verbosity == .lines else { return }
      Terminal.print(
        "After \(counted(epochs, "epoch")), \(counted(survivors.count, "setting continues", "settings continue")): "
          + survivors.map { name(of: $0) }.joined(separator: "; "))
    }
  }

  func clear() { block.erase() }

  private func draw(isLast: Bool = false) {
    let now = ContinuousClock.now
    if let drawn, now - drawn < Self.interval, !isLast { return }
    drawn = now
    block.draw(lines)
  }

  private var lines: [StyledText] {
    let bar = fitted(
      [ProgressLine.bar(done, of: total), "\(done) of \(counted(total, "training"))"] + remaining + underWay,
      columns: Terminal.columns)
    guard sweep.configuration.settings.count + Self.linesAround < Terminal.rows else { return [bar] }
    let table = SweepTable(sweep.record.summary, seeds: sweep.configuration.seeds.count)
    return table.lines(columns: Terminal.columns - 1) + ["", bar]
  }

  /// The estimated remaining time.
  private var remaining: [StyledText] {
    guard done > doneBefore else { return [] }
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    return [StyledText("ETA " + duration(seconds / Double(done - doneBefore) * Double(max(0, total - done))))]
  }

  private var underWay: [StyledText] {
    standings.values.sorted { ($0.trial.setting, $0.trial.seed) < ($1.trial.setting, $1.trial.seed) }.map {
      StyledText("| \(name(of: $0.trial.setting)) \(name(of: $0.trial.seed)): epoch \($0.epoch)", .faint)
    }
  }

  private func name(of place: Int) -> String {
    sweep.configuration.name(of: sweep.configuration.settings[place])
  }

  private func name(of seed: UInt64) -> String { sweep.configuration.name(ofSeed: seed) }

  private func line(_ training: SweepTraining) -> StyledText {
    let width = String(total).count - String(done).count
    let start = StyledText("\(String(repeating: " ", count: width))\(done)/\(total)", .bold)
    let setting = sweep.configuration.settings.count > 1 ? name(of: training.setting) + " " : ""
    let name = setting + name(of: training.seed)
    guard let best = training.best, let measure = training.training else {
      return fitted(
        [start, StyledText(name), StyledText(training.failure ?? "failed", .red)], columns: .max)
    }
    let figures = [
      ("loss", measure.loss), ("accuracy", measure.accuracy), ("val_loss", best.validationLoss),
      ("val_accuracy", best.validationAccuracy),
    ].map { StyledText("\($0) \(fixed($1, 4))") }
    return fitted([start, StyledText(name), StyledText("epoch \(best.epoch)")] + figures, columns: .max)
  }
}

/// The setup of a sweep, printed before its first training.
struct SweepIntroduction {
  private let sweep: Sweep
  private let verbosity: TrainingDisplay.Verbosity

  init(_ sweep: Sweep, _ verbosity: TrainingDisplay.Verbosity) {
    (self.sweep, self.verbosity) = (sweep, verbosity)
  }

  /// - Throws: The errors of the configuration, before any training.
  func print() throws {
    let session = try sweep.firstSession()
    guard verbosity != .silent else { return }
    TrainingDisplay.printSetup(session, sweep.data.flaws)
    let configuration = sweep.configuration
    let count = counted(configuration.trainingCount, "training")
    let settings = counted(configuration.settings.count, "setting")
    let repetitions = counted(configuration.seeds.count, configuration.repetition)
    let (first, last) = (configuration.seeds[0], configuration.seeds[configuration.seeds.count - 1])
    if configuration.predictsFolds, let folds = configuration.folds {
      Terminal.print(paragraph: "Folds     \(folds), trained with the seeds \(first) to \(last)")
    } else if configuration.keepsRuns {
      Terminal.print(paragraph: "Seeds     \(first) to \(last)")
    } else {
      Terminal.print(
        paragraph:
          "Sweep     \(settings) x \(repetitions): \(count)\(configuration.halves ? ", halving" : "")")
      if configuration.settings.count == 1 {
        Terminal.print(
          paragraph:
            "Note      there is only one setting, and nothing to compare it with. Several are a range, --dropout 0:0.5:0.1, "
            + "or a list of --learning-rate; commas in --dropout separate the layers")
      }
    }
    let done = sweep.progress.done
    if done > 0 { Terminal.print(paragraph: "Resumed   after \(counted(done, "training"))") }
    Terminal.print(paragraph: "Folder    \(sweep.folder.path)")
    Terminal.print("")
  }
}
