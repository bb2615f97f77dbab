/// The summary of a setting's trainings.
public struct SettingSummary: Sendable {
  /// The setting.
  public let setting: SweepSetting
  /// The trainings with results, in the order of the seeds.
  public let trainings: [SweepTraining]
  /// Whether all seeds were trained to the end.
  public let isComplete: Bool
  /// The first error of a training; nil if none failed.
  public let failure: String?

  init(_ setting: SweepSetting, _ all: [SweepTraining], seeds: Int) {
    self.setting = setting
    trainings = all.filter { $0.best != nil && $0.training != nil }
    isComplete = trainings.count { $0.hasEnded } == seeds
    failure = all.compactMap(\.failure).first
  }

  /// The accuracy on the training samples, 0 to 1, of the best epochs' weights with dropout off; nil without trainings.
  public var trainingAccuracy: SeedStatistics? { statistics { $0.training?.accuracy } }
  /// The mean cross-entropy on the training samples, likewise.
  public var trainingLoss: SeedStatistics? { statistics { $0.training?.loss } }
  /// The accuracy on the validation samples, 0 to 1, likewise.
  public var validationAccuracy: SeedStatistics? { statistics { $0.best?.validationAccuracy } }
  /// The mean cross-entropy on the validation samples, likewise.
  public var validationLoss: SeedStatistics? { statistics { $0.best?.validationLoss } }
  /// The accuracy on the training samples minus that on the validation samples.
  public var accuracyGap: SeedStatistics? { statistics(\.accuracyGap) }
  /// The loss on the validation samples minus that on the training samples.
  public var lossGap: SeedStatistics? { statistics(\.lossGap) }
  /// The epochs of the trainings; the fewest where they differ.
  public var epochs: Int { trainings.map(\.epochs.count).min() ?? 0 }

  private func statistics(_ figure: (SweepTraining) -> Double?) -> SeedStatistics? {
    SeedStatistics(trainings.compactMap(figure))
  }
}

/// The summary of a sweep, so far or at its end.
public struct SweepSummary: Sendable {
  /// In the order of the settings.
  public let settings: [SettingSummary]
  /// The index of the setting with the best mean of the monitored metric, of equals the one with the better other
  /// metric. Only those with the most finished trainings are compared, and those with a failed training only if there
  /// are no others. Nil before the first result.
  public let best: Int?
  /// The comparison of the best with each other complete setting; nil for itself, and where no comparison is possible.
  public let comparisons: [PairedComparison?]

  init(_ configuration: SweepConfiguration, _ trainings: [SweepTraining]) {
    let order = Dictionary(uniqueKeysWithValues: configuration.seeds.enumerated().map { ($1, $0) })
    let sorted = trainings.sorted { (order[$0.seed] ?? 0) < (order[$1.seed] ?? 0) }
    let bySetting = Dictionary(grouping: sorted, by: \.setting)
    let settings = configuration.settings.enumerated().map { place, setting in
      SettingSummary(setting, bySetting[place] ?? [], seeds: configuration.seeds.count)
    }
    let monitor = configuration.monitor
    let best = Self.best(of: settings, by: monitor)
    (self.settings, self.best) = (settings, best)
    let others = settings.indices.filter { $0 != best && settings[$0].isComplete }
    comparisons = settings.indices.map { place in
      guard let best, settings[best].isComplete, others.contains(place) else { return nil }
      return PairedComparison(
        settings[best].figures(monitor), settings[place].figures(monitor), comparisons: others.count,
        areFolds: configuration.folds != nil)
    }
  }

  /// The settings within noise of the best, without itself.
  public var equals: [Int] { comparisons.indices.filter { comparisons[$0]?.isWithinNoise ?? false } }

  /// The first error of a training; nil if none failed.
  public var failure: String? { settings.compactMap(\.failure).first }

  private static func best(of settings: [SettingSummary], by monitor: Monitor) -> Int? {
    let started = settings.indices.filter { !settings[$0].trainings.isEmpty }
    let sound = started.filter { settings[$0].failure == nil }
    let compared = sound.isEmpty ? started : sound
    let most = compared.map { settings[$0].endCount }.max()
    return compared.filter { settings[$0].endCount == most }.min {
      settings[$0].rank(by: monitor) < settings[$1].rank(by: monitor)
    }
  }
}

extension SettingSummary {
  /// The monitored metric of every seed.
  fileprivate func figures(_ monitor: Monitor) -> [Double] {
    trainings.compactMap {
      monitor == .validationLoss ? $0.best?.validationLoss : $0.best?.validationAccuracy
    }
  }
  fileprivate var endCount: Int { trainings.count { $0.hasEnded } }

  fileprivate func rank(by monitor: Monitor) -> (Double, Double) {
    let (loss, accuracy) = (validationLoss?.mean ?? .infinity, validationAccuracy?.mean ?? 0)
    return monitor == .validationLoss ? (loss, -accuracy) : (-accuracy, loss)
  }
}
