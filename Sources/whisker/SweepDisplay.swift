import WhiskerData
import WhiskerTensor
import WhiskerTraining

/// Tells a sweep to whoever is watching.
struct SweepDisplay {
  private let sweep: Sweep
  private let verbosity: TrainingDisplay.Verbosity
  private let total: Int
  private var done: Int
  private var block: LiveBlock
  private var standings: [String: (job: SweepJob, epoch: Int, share: Double)] = [:]
  private var drawn: ContinuousClock.Instant?
  private let start = ContinuousClock.now
  private let doneBefore: Int

  private static let interval = Duration.milliseconds(200)
  /// What is drawn beside the table's rows.
  private static let linesAround = 4

  init(_ sweep: Sweep, _ verbosity: TrainingDisplay.Verbosity) {
    (self.sweep, self.verbosity) = (sweep, verbosity)
    let progress = sweep.progress
    (total, done, doneBefore) = (progress.total, progress.done, progress.done)
    block = LiveBlock(isShown: verbosity == .bar)
  }

  /// Reads the data set of a sweep.
  static func read(
    _ configuration: SweepConfiguration, _ source: DataSource?, _ verbosity: TrainingDisplay.Verbosity
  ) throws -> SweepData {
    var counter = ProgressCounter("Decoded")
    let data = try SweepData(configuration, source: source) { done, count in
      if verbosity != .silent { counter.draw(done, of: count) }
    }
    counter.erase()
    return data
  }

  mutating func show(_ event: SweepEvent) {
    guard verbosity != .silent else { return }
    switch event {
    case .standing(let job, let epoch, let share):
      standings["\(job.setting) \(job.seed)"] = (job, epoch, share)
      draw()
    case .kept: break
    case .trained(let training):
      done += 1
      standings["\(training.setting) \(training.seed)"] = nil
      if verbosity == .lines { Terminal.print(line(training)) } else { draw(isLast: true) }
    case .halved(let survivors, let epochs):
      // Some may have ended early, and have nothing to do in the next rung.
      done = sweep.progress.done
      guard verbosity == .lines else { return }
      Terminal.print(
        "After \(counted(epochs, "epoch")) \(counted(survivors.count, "setting goes", "settings go")) on: "
          + survivors.map { name(of: $0) }.joined(separator: "; "))
    }
  }

  mutating func clear() { block.erase() }

  private mutating func draw(isLast: Bool = false) {
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

  /// What the rest takes at the pace so far.
  private var remaining: [StyledText] {
    guard done > doneBefore else { return [] }
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    return [StyledText("ETA " + duration(seconds / Double(done - doneBefore) * Double(max(0, total - done))))]
  }

  private var underWay: [StyledText] {
    standings.values.sorted { ($0.job.setting, $0.job.seed) < ($1.job.setting, $1.job.seed) }.map {
      StyledText("| \(name(of: $0.job.setting)) seed \($0.job.seed): epoch \($0.epoch)", .faint)
    }
  }

  private func name(of place: Int) -> String {
    sweep.configuration.name(of: sweep.configuration.settings[place])
  }

  private func line(_ training: SweepTraining) -> StyledText {
    let width = String(total).count - String(done).count
    let start = StyledText("\(String(repeating: " ", count: width))\(done)/\(total)", .bold)
    let setting = sweep.configuration.settings.count > 1 ? name(of: training.setting) + " " : ""
    let name = "\(setting)seed \(training.seed)"
    guard let best = training.best, let measure = training.training else {
      return fitted([start, StyledText(name), StyledText(training.failure ?? "failed", .red)], columns: .max)
    }
    let figures = [
      ("loss", measure.loss), ("accuracy", measure.accuracy), ("val_loss", best.validationLoss),
      ("val_accuracy", best.validationAccuracy),
    ].map { StyledText("\($0) \(fixed($1, 4))") }
    return fitted([start, StyledText(name), StyledText("epoch \(best.epoch)")] + figures, columns: .max)
  }
}
