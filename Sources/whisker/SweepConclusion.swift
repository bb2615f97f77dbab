import WhiskerTensor
import WhiskerTraining

/// What a sweep came to, and what to do next.
struct SweepConclusion {
  private let sweep: Sweep
  /// How long it took since it was started or resumed.
  private let seconds: Double

  init(_ sweep: Sweep, seconds: Double) { (self.sweep, self.seconds) = (sweep, seconds) }

  func tell() {
    let (summary, configuration) = (sweep.record.summary, sweep.configuration)
    Terminal.print("")
    let table = SweepTable(summary, seeds: configuration.seeds.count)
    for line in table.lines(columns: Terminal.width) { Terminal.print(line) }
    Terminal.print("")
    let progress = sweep.progress
    let left = progress.total - progress.done
    if left > 0 {
      Terminal.tell(
        "Stopped   with \(counted(left, "training")) to go: "
          + ShellWords(["whisker", "sweep", "--resume", sweep.folder.path]).text)
    }
    for problem in failures { Terminal.tell(problem) }
    guard let best = summary.best else { return }
    Terminal.tell("Best      \(verdict(summary, best))")
    Terminal.tell("Noise     \(noise(summary))")
    Terminal.tell("Model     \(sweep.folder.run.best)")
    Terminal.tell("Report    \(sweep.folder.run.report)")
    Terminal.tell("Time      \(duration(seconds))")
    Terminal.tell("Next      \(next(summary.settings[best].setting))")
  }

  private var failures: [String] {
    sweep.record.summary.settings.compactMap { settled in
      settled.failure.map { "Failed    \(sweep.configuration.name(of: settled.setting)): \($0)" }
    }
  }

  private func verdict(_ summary: SweepSummary, _ best: Int) -> String {
    let settled = summary.settings[best]
    let accuracy = settled.validationAccuracy
    let figure = fixed(accuracy?.mean ?? 0, 4)
    let reach = accuracy?.halfWidth.map {
      " ± \(fixed($0, 4)) (95 % interval over \(counted(settled.trainings.count, "seed")))"
    }
    // The figure that decided is printed, too.
    let loss = sweep.configuration.monitor == .validationLoss ? settled.validationLoss?.mean : nil
    return
      "\(sweep.configuration.name(of: settled.setting)): \(loss.map { "val_loss \(fixed($0, 4)), " } ?? "")"
      + "val_accuracy \(figure)\(reach ?? " (of one seed)")"
  }

  private func noise(_ summary: SweepSummary) -> String {
    let compared = summary.comparisons.compactMap(\.self)
    guard !compared.isEmpty else {
      return sweep.configuration.seeds.count < 2
        ? "unknown: one seed tells nothing of chance; ask for more with --seeds"
        : "unknown: there is nothing complete to compare with"
    }
    let names = summary.equals.map { sweep.configuration.name(of: summary.settings[$0].setting) }
    let figure = sweep.configuration.monitor.words
    guard !names.isEmpty else { return "no other setting's \(figure) comes within it" }
    let start =
      names.count == compared.count ? "all differences are within it: " : ""
    return start + "by its \(figure) the best cannot be told from " + names.joined(separator: "; ")
  }

  private func next(_ setting: SweepSetting) -> String {
    let base = sweep.configuration.base
    let data = base.synthetic == nil ? [base.data] : ["--synthetic", base.data]
    let dropout = setting.dropout.isEmpty ? [] : ["--dropout", setting.dropoutText]
    let step =
      sweep.configuration.learningRates.isEmpty
      ? [] : ["--learning-rate", number(setting.learningRate)]
    let names = base.classNames.map { ["--class-names", $0.joined(separator: ",")] } ?? []
    let labels =
      (base.labelsFromNames == true ? ["--labels-from-names"] : [])
      + (base.labels.map { ["--labels", $0] } ?? [])
    let monitor = base.monitor.map { ["--monitor", $0.rawValue] } ?? []
    return ShellWords(["whisker", "train"] + data + names + labels + dropout + step + monitor).text
  }
}
