import WhiskerData
import WhiskerNN
import WhiskerCore

/// The parts of a training, made by its configuration.
extension TrainingSession {
  /// Checks that adaptive dropout is possible.
  /// - Throws: `TrainingError` if it is not.
  static func checkAdaptation(
    _ configuration: TrainingConfiguration, _ validation: SampleSet, _ communicator: any Communicator
  ) throws {
    guard configuration.model.dropoutAdaptation != nil else { return }
    guard communicator.isAlone else {
      throw TrainingError(
        "\(Setting.dropoutAdaptation) works in one process, and there are \(communicator.size): set the rates"
      )
    }
    guard !configuration.model.network.dropoutRates.isEmpty else {
      throw TrainingError("the network has no dropout layer, which \(Setting.dropoutAdaptation) needs")
    }
    guard validation.count > 0 else {
      throw TrainingError(
        "\(Setting.dropoutAdaptation) needs validation samples, and there are none: omit \(Setting.validationSplit), or raise it"
      )
    }
  }

  /// Checks that every class has a readable picture, unless empty classes are allowed.
  /// - Throws: `FileError` if one has none.
  static func checkClasses(
    _ configuration: TrainingConfiguration, _ split: DataSplit
  ) throws {
    guard !configuration.data.allowsEmptyClasses else { return }
    try split.training.checkClasses(
      of: configuration.data.path, in: "its training split", configuration.readAhead)
    // A random split may put no readable picture of a small class into the validation samples.
    guard split.isGiven else { return }
    try split.validation.checkClasses(
      of: configuration.data.path, in: "its validation split", configuration.readAhead)
  }

  /// The network, with no weights yet.
  /// - Parameter backbone: The layers before it; nil for none.
  /// - Throws: `TrainingError` when it does not fit the pictures, or needs too much memory.
  static func network(
    _ configuration: TrainingConfiguration, after backbone: Backbone?, classCount: Int, capacity: Int
  ) throws -> Network {
    let (specification, input) = (configuration.model.network, configuration.data.preprocessing.inputShape)
    do {
      let memory = try NetworkMemory(
        specification, input: input, classCount: classCount, capacity: capacity,
        threads: configuration.execution.threads,
        isTrained: true)
      if let problem = memory.problem {
        throw TrainingError("\(problem): use a smaller \(Setting.imageSize) or \(Setting.batchSize)")
      }
      let network = try Network(
        specification, input: input, classCount: classCount,
        .init(
          capacity: capacity, pool: ComputePool(threads: configuration.execution.threads),
          preceding: backbone?.layers ?? []))
      guard !network.trainableParameters.isEmpty else {
        throw TrainingError("the network has no trainable parameters. Use another \(Setting.network)")
      }
      return network
    } catch let error as NetworkError {
      guard backbone == nil else {
        throw TrainingError(
          "the head does not fit \(input) features in \(classCount) classes: \(error). Use another \(Setting.head)"
        )
      }
      throw TrainingError(
        "the network does not fit pictures of \(input) in \(classCount) classes: \(error). "
          + "Use another \(Setting.network) or \(Setting.imageSize)")
    }
  }

  /// The moving average of the weights; nil for none.
  static func average(_ configuration: TrainingConfiguration, _ network: Network) -> ExponentialMovingAverage?
  {
    configuration.optimization.averageMomentum.map {
      ExponentialMovingAverage(network, momentum: $0)
    }
  }

  /// The optimizer of the network.
  static func optimizer(_ configuration: TrainingConfiguration, _ network: Network) -> any Optimizer {
    let optimization = configuration.optimization
    return optimization.optimizer.optimizer(network.trainableParameters, optimization.settings)
  }
}
