/// What the trainings of a setting came to.
public struct SettingSummary: Sendable {
  /// What the trainings have in common.
  public let setting: SweepSetting
  /// The trainings that have something to tell, by the order of the seeds.
  public let trainings: [SweepTraining]
  /// Whether all seeds were trained to the end.
  public let isComplete: Bool
  /// Why a training failed; nil where none did.
  public let failure: String?

  init(_ setting: SweepSetting, _ all: [SweepTraining], seeds: Int) {
    self.setting = setting
    trainings = all.filter { $0.best != nil && $0.training != nil }
    isComplete = trainings.count { $0.hasEnded } == seeds
    failure = all.compactMap(\.failure).first
  }

  /// The accuracy on the training samples, 0 to 1, of the best epochs' weights with dropout off; nil of no training.
  public var trainingAccuracy: SeedStatistics? { statistics { $0.training?.accuracy } }
  /// The mean cross-entropy on the training samples, likewise.
  public var trainingLoss: SeedStatistics? { statistics { $0.training?.loss } }
  /// The accuracy on the validation samples, 0 to 1, likewise.
  public var validationAccuracy: SeedStatistics? { statistics { $0.best?.validationAccuracy } }
  /// The mean cross-entropy on the validation samples, likewise.
  public var validationLoss: SeedStatistics? { statistics { $0.best?.validationLoss } }
  /// The accuracy on the training samples less that on the validation samples.
  public var accuracyGap: SeedStatistics? { statistics(\.accuracyGap) }
  /// The loss on the validation samples less that on the training samples.
  public var lossGap: SeedStatistics? { statistics(\.lossGap) }
  /// The epochs behind the trainings; where they differ, the fewest.
  public var epochs: Int { trainings.map(\.epochs.count).min() ?? 0 }

  private func statistics(_ figure: (SweepTraining) -> Double?) -> SeedStatistics? {
    SeedStatistics(trainings.compactMap(figure))
  }
}

/// What a sweep came to, so far or in the end.
public struct SweepSummary: Sendable {
  /// By the order of the settings.
  public let settings: [SettingSummary]
  /// The place of the setting with the best mean of the figure that is monitored, of equals the one with the better other
  /// figure; only
  /// those with most trainings behind them are compared, and those with a training that failed only where there are no
  /// others. Nil where no training has come to anything.
  public let best: Int?
  /// How the best did beside each other complete setting; nil for itself, and where nothing can be said.
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
        settings[best].figures(monitor), settings[place].figures(monitor), comparisons: others.count)
    }
  }

  /// The settings that cannot be told from the best, itself not among them.
  public var equals: [Int] { comparisons.indices.filter { comparisons[$0]?.isWithinNoise ?? false } }

  /// Why a training failed, the first of them; nil where none did.
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
  /// What is monitored, of every seed.
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
