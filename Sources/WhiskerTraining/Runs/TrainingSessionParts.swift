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

  /// Checks that training samples of other sizes can be made of the pictures as they are kept.
  /// - Throws: `TrainingError` if they cannot.
  static func checkTrainingSizes(_ configuration: TrainingConfiguration) throws {
    let (data, sizes) = (configuration.data, configuration.data.trainingSizes)
    guard !sizes.isEmpty else { return }
    guard data.preprocessing.features == nil else {
      throw TrainingError(
        "the samples are features, which have no size in pixels: omit \(Setting.trainingSize)")
    }
    let kept = data.preprocessing.kept
    for size in sizes where size.height > kept.height || size.width > kept.width {
      throw TrainingError(
        "training samples of \(size.height)x\(size.width) are larger than the pictures, which are kept at "
          + "\(kept.height)x\(kept.width): use a smaller \(Setting.trainingSize)")
    }
    guard sizes.count == 1 || configuration.model.dropoutAdaptation == nil else {
      throw TrainingError(
        "\(Setting.dropoutAdaptation) works with training samples of one size: use one size in \(Setting.trainingSize)"
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
      of: configuration.data.place, in: "its training split", configuration.readAhead)
    // A random split may put no readable picture of a small class into the validation samples.
    guard split.isGiven else { return }
    try split.validation.checkClasses(
      of: configuration.data.place, in: "its validation split", configuration.readAhead)
  }

  /// The memory from which on fine-tuning computes activations again, in bytes.
  private static let fineTuningMemory = 192 << 20

  /// The networks for each size of the training samples, with no weights yet. They share their parameters, which the last one has
  /// created.
  /// - Parameter backbone: The layers before them; nil for none.
  /// - Throws: `TrainingError` when they do not fit the pictures, or need too much memory.
  static func networks(
    _ configuration: TrainingConfiguration, after backbone: Backbone?, classCount: Int, capacity: Int
  ) throws -> [Network] {
    let specification = configuration.model.network
    let inputs = configuration.data.trainingPreprocessings.map(\.inputShape)
    let input = inputs[inputs.count - 1]
    do {
      var options = Network.Options(
        capacity: capacity, pool: ComputePool(threads: configuration.execution.threads),
        preceding: backbone?.layers ?? [])
      options.recomputes = configuration.execution.recomputes ?? false
      var memory = try NetworkMemory(specification, inputs: inputs, classCount: classCount, options)
      if configuration.isFineTuning, memory.need > fineTuningMemory, !options.recomputes {
        options.recomputes = true
        memory = try NetworkMemory(specification, inputs: inputs, classCount: classCount, options)
      }
      if let problem = memory.problem {
        throw TrainingError(
          "\(problem): use a smaller \(Setting.imageSize) or \(Setting.batchSize)"
            + (options.recomputes ? "" : ", or \(Setting.recomputes)"))
      }
      let network = try Network(specification, input: input, classCount: classCount, options)
      guard !network.trainableParameters.isEmpty else {
        throw TrainingError("the network has no trainable parameters. Use another \(Setting.network)")
      }
      options.sharing = network
      return try inputs.dropLast().map {
        try checkWeights(of: network, forInput: $0)
        return try Network(specification, input: $0, classCount: classCount, options)
      } + [network]
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

  /// Checks that no weight depends on the size of the input. Such weights grow with it, so this comes before memory is taken.
  /// - Throws: `TrainingError` if one does; `NetworkError` when the network does not fit the input.
  private static func checkWeights(of network: Network, forInput input: FeatureShape) throws {
    func weights(_ input: FeatureShape) throws -> [[Int]] {
      let layers = try network.specification.placedLayers(input: input, classCount: network.classCount)
      return layers.flatMap { $0.tensors.map(\.shape) }
    }
    guard try weights(input) == weights(network.inputShape) else {
      throw TrainingError(
        "the weights of the network depend on the size of its input: "
          + "omit \(Setting.trainingSize), or use a \(Setting.network) with a global pool")
    }
  }

  /// The network that is validated, with the parameters of the one that is trained; nil where their inputs are equal.
  /// - Throws: `TrainingError` when the weights of one do not fit the other.
  static func validationNetwork(_ configuration: TrainingConfiguration, of network: Network) throws
    -> Network?
  {
    let input = configuration.data.preprocessing.inputShape
    guard network.inputShape != input else { return nil }
    do {
      try checkWeights(of: network, forInput: input)
      var options = Network.Options(capacity: network.capacity, pool: network.pool, isTrained: false)
      options.sharing = network
      return try Network(network.specification, input: input, classCount: network.classCount, options)
    } catch let error as NetworkError {
      throw TrainingError(
        "the network does not fit pictures of \(input): \(error). Use another \(Setting.network) or \(Setting.imageSize)"
      )
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
