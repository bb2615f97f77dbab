extension TrainingSession {
  /// The number of steps of `learningRateCurve`.
  public static let learningRateSteps = 100

  /// Trains a network of its own for up to `learningRateSteps` steps whose rate rises from 1e-6 to 10, to find a learning rate
  /// for this training. The session's network stays as it is, and nothing is written.
  /// - Parameter shouldStop: Called after every step, with the curve so far.
  /// - Throws: What the trainer throws, and `TrainingError` for several processes.
  public func learningRateCurve(
    shouldStop: (LearningRateCurve) -> Bool = { _ in false }
  ) throws -> LearningRateCurve {
    let options = trainerOptions
    guard options.communicator.isAlone else {
      throw TrainingError(
        "a learning rate is found in one process, and there are \(options.communicator.size)")
    }
    let networks = try Self.networks(
      configuration, after: backbone, classCount: source.classNames.count,
      capacity: min(options.batchSize, training.count))
    let network = networks[networks.count - 1]
    network.initialize(seed: configuration.seed)
    let finder = LearningRateFinder(
      network, Self.optimizer(configuration, network), training: training, options: options)
    let decay = configuration.optimization.weightDecay
    // A step must not turn weights around: learning rate * decay is below 1.
    let highest = decay > 0 ? min(10, 0.5 / decay) : 10
    return try finder.curve(
      steps: Self.learningRateSteps, rates: min(1e-6, highest / 10)...highest, shouldStop: shouldStop)
  }
}
