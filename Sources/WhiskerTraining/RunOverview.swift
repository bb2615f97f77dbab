import Glibc
import WhiskerNN
import WhiskerTensor

/// What a run or a sweep was asked for and what came of it, without reading its weights.
public struct RunOverview: Sendable {
  /// A setting or a figure, as it is printed.
  public typealias Fact = (name: String, value: String)

  /// The folder.
  public let path: String
  /// What it was asked for; of a sweep, what its trainings have in common.
  public let configuration: TrainingConfiguration
  /// The settings that a sweep or several seeds compare; 1 for a single training.
  public let trainingCount: Int
  /// The finished epochs behind the best weights; nil where there are none yet.
  public let epoch: Int?
  /// The loss on the validation samples of the best weights, or the mean over the seeds of a sweep's best setting.
  public let validationLoss: Double?
  /// The accuracy on the validation samples, 0 to 1, likewise.
  public let validationAccuracy: Double?
  /// When its results were last written, in seconds since 1970.
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
      (epoch, validationLoss) = (best?.epochs, best?.validationLoss?.mean)
      validationAccuracy = best?.validationAccuracy?.mean
      modified = Self.time(of: SweepFolder(folder).results)
    } else {
      configuration = try Checkpoint.arguments(of: folder).configuration
      let summary = folder.holdsModel ? try Model(path).summary : nil
      (trainingCount, epoch, validationLoss) = (1, summary?.epoch, summary?.validationLoss)
      validationAccuracy = summary?.validationAccuracy
      modified = Self.time(of: folder.results)
    }
  }

  /// The runs and sweeps right below the folder at `path`, the oldest first; what cannot be read is left out.
  public static func all(in path: String) -> [RunOverview] {
    let special: Set<Character> = ["\\", "*", "?", "["]
    let literal = path.map { special.contains($0) ? "\\\($0)" : String($0) }.joined()
    return pathsMatching(literal + "/*").compactMap { try? RunOverview($0) }
      .sorted { $0.modified < $1.modified }
  }

  /// The preset that the network is, dropout rates aside, or how many layers it has.
  public var networkName: String {
    func layers(_ network: NetworkSpecification) -> NetworkSpecification {
      (try? network.withDropout([0])) ?? network
    }
    let preset = NetworkPreset.allCases.first { layers($0.specification) == layers(configuration.network) }
    return preset?.rawValue ?? counted(configuration.network.layers.count, "layer")
  }

  /// What it was asked for, by the names of the options.
  public var settings: [Fact] {
    let rates = configuration.network.dropoutRates.map { "\($0)" }.joined(separator: ",")
    return [
      ("data", configuration.data), ("network", networkName),
      ("dropout", configuration.dropoutAdaptation.map { "\($0)" } ?? (rates.isEmpty ? "none" : rates)),
      ("input", configuration.preprocessing.description),
      ("epochs", "\(configuration.epochs)"), ("batch size", "\(configuration.batchSize)"),
      ("optimizer", configuration.optimizer.rawValue),
      ("learning rate", "\(configuration.learningRate)"), ("momentum", "\(configuration.momentum)"),
      ("schedule", configuration.schedule.description),
      ("weight decay", configuration.weightDecay.map { "\($0)" } ?? "none"),
      ("averaged weights", configuration.averageMomentum.map { "\($0)" } ?? "none"),
      ("augmentation", configuration.augmentation.isIdentity ? "none" : "\(configuration.augmentation)"),
      ("class weights", configuration.classWeights.rawValue),
      (
        "validation split",
        configuration.validationSplit.map { "\($0)" } ?? "\(TrainingConfiguration.defaultValidationSplit)"
      ),
      ("best by", (configuration.monitor ?? .validationLoss).rawValue),
      ("validate every", configuration.validateEvery.map { "\($0) steps" } ?? "epoch"),
      ("patience", configuration.patience.map { "\($0)" } ?? "none"),
      ("seed", "\(configuration.seed)"),
      ("split seed", "\(configuration.splitSeed ?? configuration.seed)"),
      ("trainings", "\(trainingCount)"),
    ]
  }

  /// What came of it.
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
