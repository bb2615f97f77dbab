import WhiskerCore
import WhiskerNN

/// The configuration of a sweep: trainings that differ only in their dropout, their learning rate and their seed.
public struct SweepConfiguration: Sendable, Codable, Equatable {
  /// The common configuration of all trainings.
  public var base: TrainingConfiguration
  /// The rates to try, for all dropout layers or for each in order; empty for the network's own.
  public var dropout: [[Double]] = []
  /// The learning rates to try; empty for that of `base`.
  public var learningRates: [Double] = []
  /// The seeds of every setting's trainings.
  public var seeds: [UInt64]
  /// The number of folds of a cross-validation, in which the training with each seed holds back another fold; nil for no
  /// cross-validation.
  public private(set) var folds: Int?
  /// Whether successive halving gives up settings before their last epoch.
  public var halves = false
  /// Whether every training keeps its own run, instead of the best model alone.
  public var keepsRuns = false
  /// Whether the models of all seeds are also written as an ensemble.
  public var ensembles = false

  /// Whether every sample is predicted by the model of the fold that held it back, for which all models are kept.
  package var predictsFolds: Bool { folds != nil && keepsRuns }

  /// The metric that decides which training and which setting is best.
  public var monitor: Monitor { base.evaluation.monitor }

  /// The maximum number of trainings.
  public static let trainingLimit = 10_000

  private enum CodingKeys: String, CodingKey {
    case base, dropout, learningRates = "learning_rates", seeds, halves = "halving", keepsRuns = "keeps_runs"
    case ensembles = "ensemble", folds
  }

  /// Trainings that differ only in their seeds: `count` seeds, starting with that of `base`.
  public init(_ base: TrainingConfiguration, seeds count: Int) {
    self.base = base
    seeds = (0..<UInt64(count)).map { base.seed &+ $0 }
  }

  /// A cross-validation: a training for each of `count` folds of the samples, which `base.data.splitSeed` or `base.seed` decides.
  public init(_ base: TrainingConfiguration, folds count: Int) {
    self.init(base, seeds: count)
    self.base.data.splitSeed = base.data.splitSeed ?? base.seed
    folds = count
  }

  /// Every combination, the learning rate changing fastest, then the last dropout layer.
  public var settings: [SweepSetting] {
    let rates = dropout.reduce([[]]) { lists, axis in lists.flatMap { list in axis.map { list + [$0] } } }
    let steps = learningRates.isEmpty ? [base.optimization.learningRate] : learningRates
    return rates.flatMap { rates in steps.map { SweepSetting(dropout: rates, learningRate: $0) } }
  }

  /// The number of trainings; at most one more than the limit.
  public var trainingCount: Int {
    (dropout + [learningRates]).reduce(seeds.count) { count, axis in
      min(Self.trainingLimit + 1, count * max(1, axis.count))
    }
  }

  /// Whether every number is in its range, which may not be so in a damaged file.
  var isValid: Bool {
    base.isValid && learningRates.allSatisfy { $0 > 0 } && trainingCount <= Self.trainingLimit
      && !seeds.isEmpty
      && Set(seeds).count == seeds.count
      && folds.map { (2...TrainingConfiguration.Fold.limit).contains($0) && $0 == seeds.count } ?? true
  }

  /// The configuration of one training.
  /// - Throws: `NetworkError` when the rates do not fit the network.
  public func configuration(of setting: SweepSetting, seed: UInt64) throws(NetworkError)
    -> TrainingConfiguration
  {
    var configuration = varied(with: seed)
    if !setting.dropout.isEmpty {
      configuration.model.network = try base.model.network.withDropout(setting.dropout)
    }
    configuration.optimization.learningRate = setting.learningRate
    return configuration
  }

  /// The common configuration with the seed and the fold of one training.
  func varied(with seed: UInt64) -> TrainingConfiguration {
    var configuration = base
    configuration.seed = seed
    configuration.data.fold = fold(of: seed)
    return configuration
  }

  /// The fold that the training with a seed holds back; nil without a cross-validation.
  package func fold(of seed: UInt64) -> TrainingConfiguration.Fold? {
    guard let folds, let place = seeds.firstIndex(of: seed) else { return nil }
    return .init(number: place + 1, of: folds)
  }
}

extension SweepConfiguration {
  /// The name of a setting, without the values that all settings share.
  public func name(of setting: SweepSetting) -> String {
    let rates = setting.dropout.isEmpty ? nil : "dropout \(setting.dropoutText)"
    let step =
      learningRates.count > 1 || rates == nil ? "learning rate \(number(setting.learningRate))" : nil
    return [rates, step].compactMap(\.self).joined(separator: ", ")
  }

  /// What distinguishes the trainings of a setting: seeds or folds.
  package var repetition: String { folds == nil ? "seed" : "fold" }

  /// The name of the training with a seed among those of its setting: "seed 5", "fold 2".
  package func name(ofSeed seed: UInt64) -> String { "\(repetition) \(ordinal(ofSeed: seed))" }

  /// The name of the folder of a training that keeps its run: "seed5", "fold2".
  func folderName(ofSeed seed: UInt64) -> String { "\(repetition)\(ordinal(ofSeed: seed))" }

  private func ordinal(ofSeed seed: UInt64) -> String { fold(of: seed).map { "\($0.number)" } ?? "\(seed)" }
}

/// One combination of a sweep's dropout rates and learning rate.
public struct SweepSetting: Sendable, Codable, Equatable {
  /// The rates of the network's dropout layers: one for all, or one each in order; empty for the network's own.
  public let dropout: [Double]
  /// The learning rate.
  public let learningRate: Double

  private enum CodingKeys: String, CodingKey {
    case dropout, learningRate = "learning_rate"
  }

  /// The rates in the form of the tool's option: "0.25,0.5".
  public var dropoutText: String { dropout.map(number).joined(separator: ",") }
}

/// A rate in the shortest form that reads back the same.
package func number(_ rate: Double) -> String {
  rate == rate.rounded() && abs(rate) < 1e15 ? String(Int(rate)) : String(rate)
}
