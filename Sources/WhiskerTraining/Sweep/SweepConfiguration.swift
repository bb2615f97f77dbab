import WhiskerNN

/// Everything that decides a sweep: trainings that differ in their dropout, their learning rate and their seed alone.
public struct SweepConfiguration: Sendable, Codable, Equatable {
  /// What all trainings have in common.
  public var base: TrainingConfiguration
  /// The rates to try, for all dropout layers or for each in order; empty for the network's own.
  public var dropout: [[Double]] = []
  /// The learning rates to try; empty for the common one.
  public var learningRates: [Double] = []
  /// The seeds of every setting's trainings.
  public var seeds: [UInt64]
  /// Whether hopeless settings are given up before their last epoch.
  public var halves = false
  /// Whether every training keeps a run of its own, instead of the best model alone.
  public var keepsRuns = false
  /// Whether the models of all seeds are kept as one that averages their answers.
  public var ensembles = false

  /// What decides which training and which setting is best.
  public var monitor: Monitor { base.monitor ?? .validationLoss }

  /// The most trainings of a sweep.
  public static let trainingLimit = 10_000

  private enum CodingKeys: String, CodingKey {
    case base, dropout, learningRates = "learning_rates", seeds, halves = "halving", keepsRuns = "keeps_runs"
    case ensembles = "ensemble"
  }

  /// Trainings that differ in nothing but their seeds, `count` from the common one on.
  public init(_ base: TrainingConfiguration, seeds count: Int) {
    self.base = base
    seeds = (0..<UInt64(count)).map { base.seed &+ $0 }
  }

  /// Every combination, the learning rate changing fastest, then the last dropout layer.
  public var settings: [SweepSetting] {
    let rates = dropout.reduce([[]]) { lists, axis in lists.flatMap { list in axis.map { list + [$0] } } }
    let steps = learningRates.isEmpty ? [base.learningRate] : learningRates
    return rates.flatMap { rates in steps.map { SweepSetting(dropout: rates, learningRate: $0) } }
  }

  /// How many trainings there are, or more than the limit.
  public var trainingCount: Int {
    (dropout + [learningRates]).reduce(seeds.count) { count, axis in
      min(Self.trainingLimit + 1, count * max(1, axis.count))
    }
  }

  /// What one training is asked for, as `whisker train` would be.
  /// - Throws: `NetworkError` when the rates do not fit the network.
  public func configuration(of setting: SweepSetting, seed: UInt64) throws(NetworkError)
    -> TrainingConfiguration
  {
    var configuration = base
    if !setting.dropout.isEmpty {
      configuration.network = try base.network.withDropout(setting.dropout)
    }
    configuration.learningRate = setting.learningRate
    configuration.seed = seed
    if !keepsRuns { configuration.tensorBoard = false }
    return configuration
  }
}
