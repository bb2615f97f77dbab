import Glibc
import WhiskerData
import WhiskerNN
import WhiskerCore

/// The configuration of a sweep and its results so far: everything needed to resume it.
public struct SweepRecord: Sendable, Codable {
  package var whisker = Version.current
  /// The variant of the kernels: "avx512".
  package var kernels = Machine.kernels
  /// The command lines: that of the start, and one for each time that it was resumed.
  package var commands: [[String]] = []
  /// The files of the dataset.
  var origin: CacheOrigin
  /// The configuration.
  public internal(set) var configuration: SweepConfiguration
  /// The trainings with results, by setting and seed.
  public internal(set) var trainings: [SweepTraining] = []
  /// The ensemble of all seeds on the validation samples; nil without an ensemble.
  public internal(set) var ensemble: EpochReport.Measure?
  /// All samples of a cross-validation, each measured by the fold that held it back; nil before the end.
  public internal(set) var outOfFold: OutOfFold?

  private enum CodingKeys: String, CodingKey {
    case whisker, kernels, commands, origin, configuration, trainings, ensemble, outOfFold = "out_of_fold"
  }

  init(_ configuration: SweepConfiguration, _ origin: CacheOrigin) {
    (self.configuration, self.origin) = (configuration, origin)
  }

  /// Reads the record of the sweep in `folder`.
  /// - Throws: `FileError` when there is no sweep, or it cannot be resumed.
  public init(_ folder: SweepFolder) throws {
    guard folder.holdsRecord else {
      throw FileError(
        folder.path, "holds no sweep that could be resumed",
        advice: "Name the folder of a sweep: sweeps/sweep1")
    }
    let bytes = try FileBytes.read(folder.results, limit: SweepFolder.sizeLimit, followsLinks: false)
    let text = String(decoding: bytes, as: UTF8.self)
    do {
      self = try StableJSON.decode(SweepRecord.self, from: text)
      if isValid { return }
    } catch let error as TrainingError {
      throw FileError(folder.results, "cannot be resumed: \(error.text)")
    } catch {}
    throw FileError(folder.results, "cannot be resumed: damaged, or written by another version")
  }

  private var isValid: Bool {
    guard configuration.isValid else { return false }
    let (settings, seeds) = (configuration.settings.indices, Set(configuration.seeds))
    return trainings.allSatisfy { settings.contains($0.setting) && seeds.contains($0.seed) }
  }

  /// Whether the samples have groups of their own.
  package var hasGroups: Bool { origin.hasGroups }

  /// The summary of the results.
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

  /// Adds or replaces the result of a training.
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

  /// The remaining trials of a rung: all settings with the first seed come before the second, so that there is soon
  /// a result of each.
  func trials(_ settings: [Int], _ rung: HalvingPlan.Rung) -> [SweepTrial] {
    let known = bySetting
    return configuration.seeds.flatMap { seed in
      settings.compactMap { setting in
        let training = known[setting]?.first { $0.seed == seed }
        let isDone = training?.hasReached(rung.epochs) ?? false
        return isDone ? nil : SweepTrial(setting: setting, seed: seed, epochs: rung.epochs)
      }
    }
  }

  /// The settings that continue once every one of them has reached the end of a rung.
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
  /// The best rank among the first epochs, its first number; nil if the training failed.
  fileprivate func best(within count: Int, by monitor: Monitor) -> Double? {
    failure == nil ? epochs.prefix(count).map { $0.rank(by: monitor).0 }.min() : nil
  }
}

/// The progress of a sweep, in trainings. With halving, a training counts once per rung.
public struct SweepProgress: Sendable {
  /// The finished trainings.
  public private(set) var done = 0
  /// All trainings.
  public private(set) var total = 0

  init(_ record: SweepRecord) {
    let seeds = record.configuration.seeds.count
    var alive: [Int]? = Array(record.configuration.settings.indices)
    var count = record.configuration.settings.count
    for rung in HalvingPlan(record.configuration).rungs {
      total += count * seeds
      count = rung.survivors
      guard let settings = alive else { continue }
      let left = record.trials(settings, rung).count
      done += settings.count * seeds - left
      alive = left == 0 ? record.survivors(of: settings, rung) : nil
    }
  }

  /// The finished fraction, 0 to 1.
  public var share: Double { Double(done) / Double(max(1, total)) }
}
