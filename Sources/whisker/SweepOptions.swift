import ArgumentParser
import WhiskerNN
import WhiskerTraining

/// What a sweep varies.
struct SweepOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The dropout rates to try: FROM:TO:STEP or a single one for all dropout layers, or one of these for each in "
        + "order, separated by commas. (default: the network's own)", valueName: "ranges"))
  var dropout: RateRanges?

  @Option(
    help: ArgumentHelp(
      "The learning rates to try: numbers or FROM:TO:STEP, separated by commas. (default: 0.001 for adam, 0.01 for "
        + "sgd)", valueName: "rates"))
  var learningRate: ValueList?

  @Option(
    help: ArgumentHelp("Train every setting with so many seeds, from --seed on.", valueName: "count"))
  var seeds = 3

  @Flag(
    help: ArgumentHelp(
      "Give up the worse half of the settings again and again, by the figure of --monitor after a few epochs, twice as "
        + "many, and so on (successive halving); only the best are trained to the end."))
  var halving = false

  @Option(
    help: ArgumentHelp(
      "Train so many at once, in each process; the threads are divided among them. (default: one thread each)",
      valueName: "count"))
  var parallel: Int?

  func validate() throws {
    try (1...1000).check(seeds, "--seeds")
    try TrainingConfiguration.threadRange.check(parallel, "--parallel")
    guard learningRate?.values.allSatisfy({ $0 > 0 }) ?? true else {
      throw ValidationError("--learning-rate must be above 0.")
    }
  }

  /// - Throws: `ValidationError` where nothing is varied.
  func checkRates() throws {
    guard dropout != nil || learningRate != nil else {
      throw ValidationError("Say what to try: --dropout 0:0.7:0.1, or --learning-rate 0.0003,0.001.")
    }
  }

  /// - Throws: `ValidationError` for what goes with a single training only.
  func check(_ training: TrainingOptions) throws {
    guard !training.averageWeights else {
      throw ValidationError(
        "--average-weights goes with whisker train: a sweep compares the weights themselves.")
    }
    guard training.checkpointEvery == nil else {
      throw ValidationError("--checkpoint-every goes with whisker train: a sweep goes on from whole epochs.")
    }
  }

  /// The sweep over trainings that are otherwise as in `base`.
  /// - Throws: `ValidationError` for rates that the network cannot have, and for more trainings than anybody would want.
  func configuration(_ base: TrainingConfiguration) throws -> SweepConfiguration {
    var configuration = SweepConfiguration(base, seeds: seeds)
    configuration.dropout = dropout?.axes ?? []
    configuration.learningRates = learningRate?.values ?? []
    configuration.halves = halving
    guard configuration.trainingCount <= SweepConfiguration.trainingLimit else {
      throw ValidationError(
        "--dropout, --learning-rate and --seeds ask for over \(SweepConfiguration.trainingLimit) trainings.")
    }
    let fastest = configuration.learningRates.max() ?? base.learningRate
    guard (base.weightDecay ?? 0) * fastest < 1 else {
      throw ValidationError("--weight-decay times the learning rate must be below 1.")
    }
    do {
      for setting in configuration.settings { _ = try configuration.configuration(of: setting, seed: 0) }
    } catch {
      throw ValidationError("--dropout: \(error).")
    }
    return configuration
  }
}
