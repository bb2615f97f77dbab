import WhiskerData
import WhiskerNN
import WhiskerTensor

/// What a training consists of, as its configuration asks for it.
extension TrainingSession {
  /// Makes sure that there is something that dropout can follow.
  /// - Throws: `TrainingError` where there is not.
  static func checkAdaptation(
    _ configuration: TrainingConfiguration, _ validation: SampleSet, _ job: any Communicator
  ) throws {
    guard configuration.dropoutAdaptation != nil else { return }
    guard job.isAlone else {
      throw TrainingError("--dropout auto is for one process, and there are \(job.size): give the rates")
    }
    guard !configuration.network.dropoutRates.isEmpty else {
      throw TrainingError("--dropout auto: the network has no dropout layer")
    }
    guard validation.count > 0 else {
      throw TrainingError(
        "--dropout auto follows the validation, and no picture is held back: leave --validation-split out, or raise it"
      )
    }
  }

  /// Makes sure that there is something to read of every class, unless empty classes are allowed.
  /// - Throws: `FileError` where there is not.
  static func checkClasses(
    _ configuration: TrainingConfiguration, _ split: DataSplit, hasOwnValidation: Bool
  ) throws {
    guard !configuration.allowsEmptyClasses else { return }
    try split.training.checkClasses(
      of: configuration.data, in: "its training part", configuration.lanes)
    // Chance may put nothing readable of a small class into a validation that is split off.
    guard hasOwnValidation else { return }
    try split.validation.checkClasses(
      of: configuration.data, in: "its validation part", configuration.lanes)
  }

  /// The network, with no weights yet.
  /// - Throws: `TrainingError` where it does not fit the pictures, or has no room in memory.
  static func network(
    _ configuration: TrainingConfiguration, classCount: Int, capacity: Int
  ) throws -> Network {
    let (specification, input) = (configuration.network, configuration.preprocessing.inputShape)
    do {
      let memory = try NetworkMemory(
        specification, input: input, classCount: classCount, capacity: capacity,
        threads: configuration.threads,
        isTrained: true)
      if let problem = memory.problem {
        throw TrainingError("\(problem): try a smaller --image-size or --batch-size")
      }
      return try Network(
        specification, input: input, classCount: classCount, capacity: capacity,
        pool: ComputePool(threads: configuration.threads))
    } catch let error as NetworkError {
      throw TrainingError(
        "the network does not fit pictures of \(input) in \(classCount) classes: \(error). "
          + "Choose another --network or --image-size")
    }
  }

  /// The moving average of the weights; nil where none is wanted.
  static func average(_ configuration: TrainingConfiguration, _ network: Network) -> WeightAverage? {
    configuration.averageMomentum.map { WeightAverage(network.parameters, momentum: $0) }
  }

  /// What makes steps of gradients.
  static func optimizer(_ configuration: TrainingConfiguration, _ network: Network) -> any Optimizer {
    switch configuration.optimizer {
    case .adam:
      Adam(
        network.parameters, learningRate: configuration.learningRate,
        weightDecay: configuration.weightDecay ?? 0)
    case .sgd:
      SGD(
        network.parameters, learningRate: configuration.learningRate, momentum: configuration.momentum,
        weightDecay: configuration.weightDecay ?? 0)
    }
  }
}
