import Glibc
import WhiskerNN
import WhiskerCore

/// The configuration and results of a run or a sweep, without its weights.
public struct RunOverview: Sendable {
  /// A setting or a result with its printed value.
  public typealias Fact = (name: String, value: String)

  /// The folder.
  public let path: String
  /// The configuration; of a sweep, the common one.
  public let configuration: TrainingConfiguration
  /// Whether the samples have groups of their own, such as those of a list's column.
  private let hasGroups: Bool
  /// The number of trainings; 1 for a single run.
  public let trainingCount: Int
  /// The finished epochs of the best weights; nil before the first, and for an ensemble.
  public let epoch: Int?
  /// The loss on the validation samples of the best weights, that of an ensemble, or the mean over the seeds of a sweep's best
  /// setting.
  public let validationLoss: Double?
  /// The accuracy on the validation samples, 0 to 1, likewise.
  public let validationAccuracy: Double?
  /// The time when its results were last written, in seconds since 1970.
  public let modified: Int

  /// The run or sweep in the folder at `path`.
  /// - Throws: `FileError` when there is none.
  public init(_ path: String) throws {
    let folder = RunFolder(path: path)
    self.path = folder.path
    if SweepFolder.isSweep(path) {
      let record = try SweepRecord(SweepFolder(folder))
      let best = record.summary.best.map { record.summary.settings[$0] }
      (configuration, trainingCount) = (record.configuration.base, record.configuration.trainingCount)
      hasGroups = record.hasGroups
      let ensemble = record.ensemble
      epoch = ensemble == nil ? best?.epochs : nil
      validationLoss = ensemble?.loss ?? best?.validationLoss?.mean
      validationAccuracy = ensemble?.accuracy ?? best?.validationAccuracy?.mean
      modified = Self.time(of: SweepFolder(folder).results)
    } else {
      let arguments = try Checkpoint.arguments(of: folder)
      (configuration, hasGroups) = (arguments.configuration, arguments.origin.hasGroups)
      let summary = folder.holdsModel ? try Model(path).summary : nil
      (trainingCount, epoch, validationLoss) = (1, summary?.epoch, summary?.validationLoss)
      validationAccuracy = summary?.validationAccuracy
      modified = Self.time(of: folder.results)
    }
  }

  /// The readable runs and sweeps directly in the folder at `path`, the oldest first.
  public static func all(in path: String) -> [RunOverview] {
    let special: Set<Character> = ["\\", "*", "?", "["]
    let literal = path.map { special.contains($0) ? "\\\($0)" : String($0) }.joined()
    return pathsMatching(literal + "/*").compactMap { try? RunOverview($0) }
      .sorted { $0.modified < $1.modified }
  }

  /// The network's preset, dropout rates aside, or its number of layers.
  public var networkName: String {
    func layers(_ network: NetworkSpecification) -> NetworkSpecification {
      (try? network.withDropout([0])) ?? network
    }
    let preset = NetworkPreset.allCases.first {
      layers($0.specification) == layers(configuration.model.network)
    }
    return preset?.rawValue ?? counted(configuration.model.network.layers.count, "layer")
  }

  /// The settings, by the names of the options.
  public var settings: [Fact] {
    let rates = configuration.model.network.dropoutRates.map { "\($0)" }.joined(separator: ",")
    return [
      ("data", configuration.data.place), ("backbone", configuration.model.backbone ?? "none"),
      ("network", networkName),
      ("dropout", configuration.model.dropoutAdaptation.map { "\($0)" } ?? (rates.isEmpty ? "none" : rates)),
      ("input", configuration.data.preprocessing.description),
      ("epochs", "\(configuration.optimization.epochs)"),
      ("batch size", "\(configuration.optimization.batchSize)"),
      ("optimizer", configuration.optimization.optimizer.rawValue),
      ("learning rate", "\(configuration.optimization.learningRate)"),
      ("momentum", "\(configuration.optimization.momentum)"),
      ("schedule", configuration.optimization.schedule.description),
      (
        "weight decay",
        configuration.optimization.weightDecay > 0 ? "\(configuration.optimization.weightDecay)" : "none"
      ),
      ("averaged weights", configuration.optimization.averageMomentum.map { "\($0)" } ?? "none"),
      (
        "augmentation",
        configuration.data.augmentation.isIdentity ? "none" : "\(configuration.data.augmentation)"
      ),
      ("training size", configuration.data.trainingSizeText ?? "that of the input"),
      ("class weights", configuration.optimization.classWeights.rawValue),
      ("label smoothing", configuration.optimization.labelSmoothing.map { "\($0)" } ?? "none"),
      ("mixing", configuration.optimization.mixing.map { "\($0)" } ?? "none"),
      ("clip norm", configuration.optimization.clipNorm.map { "\($0)" } ?? "none"),
      ("validation split", validationSplit),
      ("groups", configuration.data.groupPattern ?? (hasGroups ? "the column group" : "none")),
      ("best by", configuration.evaluation.monitor.rawValue),
      ("validate every", configuration.evaluation.validateEvery.map { "\($0) steps" } ?? "epoch"),
      ("patience", configuration.evaluation.patience.map { "\($0)" } ?? "none"),
      ("seed", "\(configuration.seed)"),
      ("split seed", "\(configuration.data.splitSeed ?? configuration.seed)"),
      ("trainings", "\(trainingCount)"),
    ]
  }

  private var validationSplit: String {
    let data = configuration.data
    if let fold = data.fold { return "fold \(fold.number) of \(fold.count)" }
    return "\(data.validationSplit ?? TrainingConfiguration.defaultValidationSplit)"
  }

  /// The results.
  public var results: [Fact] {
    [
      ("epoch", epoch.map { "\($0)" } ?? ""),
      ("val_loss", validationLoss.map { fixed($0, 4) } ?? ""),
      ("val_accuracy", validationAccuracy.map { fixed($0, 4) } ?? ""),
    ]
  }

  private static func time(of file: String) -> Int {
    var status = stat()
    return pathStatus(file, &status) == 0 ? Int(status.st_mtim.tv_sec) : 0
  }
}
