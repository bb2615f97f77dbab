import ArgumentParser
import WhiskerData
import WhiskerNN
import WhiskerTensor
import WhiskerTraining

struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train a classifier on a folder of pictures or on IDX files.",
    discussion: """
      DATA is one of
        a folder with a folder of PNG or JPEG pictures per class: DATA/cat/1.jpg, DATA/dog/2.png
        a folder with such folders in train, val and test: DATA/train/cat/1.jpg
        a folder with MNIST's files, gzipped or not: t10k is then the validation set
        an IDX file of images, with its labels' file beside it

      The run is kept in a folder of its own: weights/best.safetensors and weights/last.safetensors, results.csv with
      a row per epoch, split.csv, args.json and metrics.json. Nothing is written anywhere else. A picture that cannot be
      read is skipped and listed with the reason.

      Ctrl-C ends the training after the current batch and keeps the best and the last weights.

      Examples:
        whisker train photos
        whisker train photos --color-mode rgb --image-size 64 --dropout 0.4
        whisker train mnist --epochs 5 --output runs/mnist
      """)

  @Argument(help: "The pictures to train on.")
  var data: String

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "The run's folder. (default: the first free of runs/train1, runs/train2, ...)", valueName: "dir"))
  var output: String?

  @Flag(help: "Replace the run that the output folder holds.")
  var overwrite = false

  @Option(
    help: ArgumentHelp(
      "The layers: \(NetworkPreset.allCases.map(\.rawValue).joined(separator: ", ")), or a JSON file.",
      valueName: "name"))
  var network = NetworkPreset.dropoutCNN.rawValue

  @Option(
    help: ArgumentHelp(
      "The rates of the network's dropout layers: one for all, or one each in order. (default: the network's own)",
      valueName: "rates"))
  var dropout: Rates?

  @Option(help: ArgumentHelp("The number of passes over the training pictures.", valueName: "count"))
  var epochs = 10

  @Option(help: ArgumentHelp("The number of pictures per step.", valueName: "count"))
  var batchSize = 128

  @Option(help: "How gradients become steps.")
  var optimizer = TrainingConfiguration.OptimizerName.adam

  @Option(
    help: ArgumentHelp("The size of a step. (default: 0.001 for adam, 0.01 for sgd)", valueName: "rate"))
  var learningRate: Double?

  @Option(help: ArgumentHelp("The momentum of sgd. (default: 0.9)", valueName: "share"))
  var momentum: Double?

  @Option(
    help: ArgumentHelp(
      "Decides the split, the first weights, the order and the dropout.", valueName: "number"))
  var seed: UInt64 = 0

  @Option(
    help: ArgumentHelp(
      "The share of each class that is held back for validation. (default: 0.2, or the data's own validation part)",
      valueName: "share"))
  var validationSplit: Double?

  @Option(
    help: ArgumentHelp(
      "Stop when val_loss has not improved for this many epochs. (default: never)", valueName: "epochs"))
  var patience: Int?

  @Option(help: "Count the classes' pictures the same, or rare classes more.")
  var classWeights = TrainingConfiguration.ClassWeights.none

  @Option(help: "What to do about a picture that cannot be read.")
  var onError = TrainingConfiguration.ErrorPolicy.skip

  @Option(
    help: ArgumentHelp(
      "Keep decoded pictures in this much memory, so that only the first epoch decodes. (default: a quarter of the "
        + "machine's)", valueName: "size"))
  var cacheMemory: ByteCount?

  @Option(
    help: ArgumentHelp(
      "0 prints nothing, 1 a bar, 2 a line per epoch. (default: 1 at a terminal, otherwise 2)",
      valueName: "level"))
  var verbose: Int?

  @OptionGroup(title: "Pictures")
  var pictures: PictureOptions

  @OptionGroup(title: "Classes")
  var naming: NamingOptions

  @OptionGroup(title: "Reading and computing")
  var reading: ReadingOptions

  func validate() throws {
    guard (1...1_000_000).contains(epochs) else { throw ValidationError("--epochs must be at least 1.") }
    guard (1...1 << 20).contains(batchSize) else {
      throw ValidationError("--batch-size must be from 1 to \(1 << 20).")
    }
    guard learningRate ?? 1 > 0, learningRate?.isFinite ?? true else {
      throw ValidationError("--learning-rate must be above 0.")
    }
    guard momentum == nil || optimizer == .sgd else {
      throw ValidationError("--momentum needs --optimizer sgd.")
    }
    guard (0..<1).contains(momentum ?? 0) else {
      throw ValidationError("--momentum must be from 0 to below 1.")
    }
    guard (0..<1).contains(validationSplit ?? 0) else {
      throw ValidationError("--validation-split must be from 0 to below 1.")
    }
    guard patience ?? 1 >= 1 else { throw ValidationError("--patience must be at least 1.") }
    guard (0...2).contains(verbose ?? 0) else { throw ValidationError("--verbose must be 0, 1 or 2.") }
    guard !overwrite || output != nil else { throw ValidationError("--overwrite needs --output.") }
  }

  func run() throws {
    let session = try TrainingSession(try trainingConfiguration())
    let folder = try output.map { try RunFolder.at($0, overwrites: overwrite) } ?? RunFolder.next(in: "runs")
    var display = TrainingDisplay(verbosity, epochs: epochs)
    display.introduce(session, folder)
    Interruption.listen()
    let outcome: TrainingOutcome
    do {
      outcome = try session.run(in: folder, shouldStop: { Interruption.isWished }) { display.show($0) }
    } catch {
      display.clear()
      throw error
    }
    display.conclude(outcome, session, folder)
    if outcome.reason == .interrupted { throw ExitCode(130) }
  }

  private var verbosity: TrainingDisplay.Verbosity {
    verbose.flatMap(TrainingDisplay.Verbosity.init) ?? (Terminal.isInteractive ? .bar : .lines)
  }

  private func trainingConfiguration() throws -> TrainingConfiguration {
    var configuration = TrainingConfiguration(data: data)
    configuration.labels = naming.labels
    configuration.preprocessing = pictures.preprocessing
    configuration.network = try specification()
    configuration.validationSplit = validationSplit
    configuration.epochs = epochs
    configuration.batchSize = batchSize
    configuration.optimizer = optimizer
    configuration.learningRate = learningRate ?? optimizer.defaultLearningRate
    configuration.momentum = momentum ?? configuration.momentum
    configuration.seed = seed
    configuration.patience = patience
    configuration.classWeights = classWeights
    configuration.classNames = naming.classNames?.names
    configuration.allowsEmptyClasses = naming.allowEmptyClasses
    configuration.onError = onError
    configuration.maximumPixels = reading.maxPixels
    configuration.workers = reading.workers ?? configuration.workers
    configuration.prefetch = reading.prefetch
    configuration.threads = reading.threads ?? configuration.threads
    configuration.cacheMemory = cacheMemory?.bytes ?? configuration.cacheMemory
    return configuration
  }

  private func specification() throws -> NetworkSpecification {
    let specification = try NetworkPreset(rawValue: network)?.specification ?? specificationFromFile()
    guard let dropout else { return specification }
    do {
      return try specification.withDropout(dropout.values)
    } catch {
      throw ValidationError("--dropout: \(error).")
    }
  }

  private func specificationFromFile() throws -> NetworkSpecification {
    guard network.hasSuffix(".json") else {
      let names = NetworkPreset.allCases.map(\.rawValue).joined(separator: ", ")
      throw ValidationError(
        "--network: there is no network named \(network). There are \(names), or a .json file.")
    }
    let json = try FileBytes.read(network, limit: 1 << 20)
    do {
      return try NetworkSpecification(json: json)
    } catch let error as NetworkError {
      throw FileError(network, "is not a network: \(error)")
    }
  }
}
