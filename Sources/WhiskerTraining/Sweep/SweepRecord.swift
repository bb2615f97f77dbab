import Glibc
import WhiskerData
import WhiskerNN
import WhiskerTensor

/// What a sweep was asked for and what has come of it so far: all that it goes on from.
public struct SweepRecord: Sendable, Codable {
  var whisker = Version.current
  /// The variant of the kernels that computed.
  var kernels = Machine.kernels
  /// What was typed, once for the beginning and once for every time that it was resumed.
  var commands: [[String]] = []
  /// What the data set consisted of.
  var origin: CacheOrigin
  /// What was asked for.
  public internal(set) var configuration: SweepConfiguration
  /// The trainings that have something to tell, by setting and seed.
  public internal(set) var trainings: [SweepTraining] = []
  /// How the ensemble of all seeds did on the validation samples; nil where there is none.
  public internal(set) var ensemble: EpochReport.Measure?

  /// The most bytes that a file of results may have.
  private static let sizeLimit = 1 << 28

  init(_ configuration: SweepConfiguration, _ origin: CacheOrigin) {
    (self.configuration, self.origin) = (configuration, origin)
  }

  /// Reads what the sweep in `folder` has kept.
  /// - Throws: `FileError` when no sweep is there, or it cannot be resumed.
  public init(_ folder: SweepFolder) throws {
    guard folder.holdsRecord else {
      throw FileError(
        folder.path, "holds no sweep that could be resumed",
        advice: "Name the folder of a sweep: sweeps/sweep1")
    }
    let bytes = try FileBytes.read(folder.results, limit: Self.sizeLimit, followsLinks: false)
    let text = String(decoding: bytes, as: UTF8.self)
    guard let record = try? StableJSON.decode(SweepRecord.self, from: text), record.isSane else {
      throw FileError(
        folder.results,
        "tells nothing that this Whisker can resume: it is damaged, or was written by another version")
    }
    self = record
  }

  private var isSane: Bool {
    let seeds = Set(configuration.seeds)
    guard configuration.base.isValid, configuration.learningRates.allSatisfy({ $0 > 0 }),
      configuration.trainingCount <= SweepConfiguration.trainingLimit, !seeds.isEmpty,
      seeds.count == configuration.seeds.count
    else { return false }
    let settings = configuration.settings.indices
    return trainings.allSatisfy { settings.contains($0.setting) && seeds.contains($0.seed) }
  }

  /// What has come of it.
  public var summary: SweepSummary { SweepSummary(configuration, trainings) }

  private var bySetting: [Int: [SweepTraining]] { Dictionary(grouping: trainings, by: \.setting) }

  /// The best training of a setting, of equals the first seed's.
  public func bestTraining(of setting: Int) -> SweepTraining? {
    let monitor = configuration.monitor
    let measured = trainings.filter { $0.setting == setting }.compactMap { training in
      training.best.map { (training, $0.rank(by: monitor)) }
    }
    return measured.min { $0.1 < $1.1 }?.0
  }

  /// Notes what came of a training, in place of what was known of it.
  mutating func note(_ training: SweepTraining) {
    let places = Dictionary(uniqueKeysWithValues: configuration.seeds.enumerated().map { ($1, $0) })
    func place(_ training: SweepTraining) -> (Int, Int) { (training.setting, places[training.seed] ?? 0) }
    let index = trainings.firstIndex { place($0) >= place(training) } ?? trainings.endIndex
    if index < trainings.endIndex, place(trainings[index]) == place(training) {
      trainings[index] = training
    } else {
      trainings.insert(training, at: index)
    }
  }

  /// What is left to train of a rung: all settings with the first seed come before the second, so that there is soon
  /// something to be seen of each.
  func jobs(_ settings: [Int], _ rung: HalvingPlan.Rung) -> [SweepJob] {
    let known = bySetting
    return configuration.seeds.flatMap { seed in
      settings.compactMap { setting in
        let training = known[setting]?.first { $0.seed == seed }
        let isDone = training?.hasReached(rung.epochs) ?? false
        return isDone ? nil : SweepJob(setting: setting, seed: seed, epochs: rung.epochs)
      }
    }
  }

  /// The settings that are still in the running once every one of them has reached the end of a rung.
  func survivors(of settings: [Int], _ rung: HalvingPlan.Rung) -> [Int] {
    guard rung.survivors < settings.count else { return settings }
    let known = bySetting
    let ranked = settings.map { setting -> (setting: Int, figure: Double) in
      let figures = configuration.seeds.map { seed in
        known[setting]?.first { $0.seed == seed }?.best(within: rung.epochs, by: configuration.monitor)
          ?? .infinity
      }
      return (setting, figures.reduce(0, +) / Double(figures.count))
    }
    return ranked.sorted { ($0.figure, $0.setting) < ($1.figure, $1.setting) }.prefix(rung.survivors)
      .map(\.setting).sorted()
  }
}

extension SweepTraining {
  /// The first figure of the best rank among the first epochs; nil where the training failed.
  fileprivate func best(within count: Int, by monitor: Monitor) -> Double? {
    failure == nil ? epochs.prefix(count).map { $0.rank(by: monitor).0 }.min() : nil
  }
}
