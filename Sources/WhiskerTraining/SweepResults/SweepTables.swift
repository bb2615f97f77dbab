import WhiskerCore

/// The tables of a sweep: `trainings.csv` and `settings.csv`.
struct SweepTables {
  let configuration: SweepConfiguration
  let summary: SweepSummary

  private static let figures: [(name: String, of: @Sendable (SettingSummary) -> SeedStatistics?)] = [
    ("accuracy", { $0.trainingAccuracy }), ("loss", { $0.trainingLoss }),
    ("val_accuracy", { $0.validationAccuracy }), ("val_loss", { $0.validationLoss }),
    ("accuracy_gap", { $0.accuracyGap }), ("loss_gap", { $0.lossGap }),
  ]

  /// A row per training; accuracy and loss are those of the best epoch's weights, with dropout off.
  var trainings: String {
    let header =
      ["dropout", "learning_rate", "seed"] + (configuration.folds == nil ? [] : ["fold"])
      + [
        "epochs", "best_epoch", "accuracy", "loss", "val_accuracy", "val_loss", "accuracy_gap", "loss_gap",
      ]
    let rows = summary.settings.flatMap { settled in settled.trainings.map { row($0, settled.setting) } }
    return ([header] + rows).map(CSV.row).joined()
  }

  private func row(_ training: SweepTraining, _ setting: SweepSetting) -> [String] {
    let fold: [String] = configuration.fold(of: training.seed).map { ["\($0.number)"] } ?? []
    let best = training.best.map { "\($0.epoch)" } ?? ""
    let figures: [Double?] = [
      training.training?.accuracy, training.training?.loss, training.best?.validationAccuracy,
      training.best?.validationLoss, training.accuracyGap, training.lossGap,
    ]
    return head(setting) + ["\(training.seed)"] + fold + ["\(training.epochs.count)", best]
      + figures.map(figure)
  }

  /// A row per setting: the mean, the standard deviation and half of the 95 % interval of every metric.
  var settings: String {
    let header =
      ["dropout", "learning_rate", "seeds", "epochs"]
      + Self.figures.flatMap { ["\($0.name)_mean", "\($0.name)_sd", "\($0.name)_ci95"] }
      + ["best_minus_this", "best_minus_this_ci", "verdict"]
    return ([header] + summary.settings.indices.map(row)).map(CSV.row).joined()
  }

  private func row(_ place: Int) -> [String] {
    let (settled, comparison) = (summary.settings[place], summary.comparisons[place])
    let statistics = Self.figures.flatMap { entry -> [String] in
      let statistics = entry.of(settled)
      return [statistics?.mean, statistics?.standardDeviation, statistics?.halfWidth].map(figure)
    }
    return head(settled.setting) + ["\(settled.trainings.count)", "\(settled.epochs)"] + statistics
      + [figure(comparison?.difference), figure(comparison?.halfWidth), verdict(place)]
  }

  private func verdict(_ place: Int) -> String {
    if summary.settings[place].failure != nil { return "failed" }
    if place == summary.best { return "best" }
    guard summary.settings[place].isComplete else { return "unfinished" }
    return summary.comparisons[place].map { $0.isWithinNoise ? "within noise" : "worse" } ?? ""
  }

  private func head(_ setting: SweepSetting) -> [String] {
    [setting.dropoutText, number(setting.learningRate)]
  }

  private func figure(_ value: Double?) -> String { value.map { fixed($0, 6) } ?? "" }
}
