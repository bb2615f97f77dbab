import WhiskerCore
import WhiskerTraining

/// The result of a sweep, and the next step.
struct SweepConclusion {
  private let sweep: Sweep
  /// The time since the sweep was started or resumed.
  private let seconds: Double

  init(_ sweep: Sweep, seconds: Double) { (self.sweep, self.seconds) = (sweep, seconds) }

  func print() {
    let (summary, configuration) = (sweep.record.summary, sweep.configuration)
    Terminal.print("")
    let table = SweepTable(summary, seeds: configuration.seeds.count)
    for line in table.lines(columns: Terminal.width) { Terminal.print(line) }
    Terminal.print("")
    _ = sweep.printRemaining(command: "sweep")
    for problem in failures { Terminal.print(paragraph: problem) }
    guard let best = summary.best else { return }
    Terminal.print(paragraph: "Best      \(verdict(summary, best))")
    if summary.settings.count > 1 { Terminal.print(paragraph: "Note      \(significance(summary))") }
    Terminal.print(paragraph: "Model     \(sweep.folder.run.best)")
    Terminal.print(paragraph: "Report    \(sweep.folder.run.report)")
    Terminal.print(paragraph: "Time      \(duration(seconds))")
    Terminal.print(paragraph: "Next      \(next(summary.settings[best].setting))")
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
      " ± \(fixed($0, 4)) (95 % interval over \(counted(settled.trainings.count, sweep.configuration.repetition)))"
    }
    // The metric that decided is printed as well.
    let loss = sweep.configuration.monitor == .validationLoss ? settled.validationLoss?.mean : nil
    return
      "\(sweep.configuration.name(of: settled.setting)): \(loss.map { "val_loss \(fixed($0, 4)), " } ?? "")"
      + "val_accuracy \(figure)\(reach ?? " (of one \(sweep.configuration.repetition))")"
  }

  private func significance(_ summary: SweepSummary) -> String {
    let compared = summary.comparisons.compactMap(\.self)
    guard !compared.isEmpty else {
      return sweep.configuration.seeds.count < 2
        ? "significance unknown with one seed: use --seeds"
        : "significance unknown: no other setting is complete"
    }
    let names = summary.equals.map { sweep.configuration.name(of: summary.settings[$0].setting) }
    let figure = sweep.configuration.monitor.words
    guard !names.isEmpty else { return "every other setting is significantly worse (\(figure))" }
    let start =
      names.count == compared.count ? "no difference is significant: " : ""
    return start + "the best setting is not significantly better than " + names.joined(separator: "; ")
      + " (\(figure))"
  }

  /// The training with the options of the sweep and the rates of a setting.
  private func next(_ setting: SweepSetting) -> String {
    let configuration = sweep.configuration
    let dropout = setting.dropout.isEmpty ? [] : ["--dropout", setting.dropoutText]
    let rate = configuration.learningRates.isEmpty ? [] : ["--learning-rate", number(setting.learningRate)]
    let words = OptionWords.removing(
      options: [
        "--dropout", "--learning-rate", "--seeds", "--folds", "--parallel", "--output", "-o", "--verbose",
      ],
      flags: ["--halving", "--overwrite"], from: sweep.record.commands.first ?? [])
    // A sweep may have been resumed with data that has moved.
    let paths = configuration.base.data.paths
    let options = paths.allSatisfy(words.contains) ? Array(words.dropFirst(2)) : paths
    return ShellWords(["whisker", "train"] + dropout + rate + options).text
  }
}

extension Sweep {
  /// Prints how many trainings remain, if any, and the command that continues them.
  /// - Returns: Whether some remain.
  func printRemaining(command: String) -> Bool {
    let left = progress.total - progress.done
    guard left > 0 else { return false }
    Terminal.print(
      paragraph: "Stopped   with \(counted(left, "training")) remaining: "
        + ShellWords(["whisker", command, "--resume", folder.path]).text)
    return true
  }
}
