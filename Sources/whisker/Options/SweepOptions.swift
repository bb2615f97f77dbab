import ArgumentParser
import WhiskerNN
import WhiskerTraining

/// The settings that a sweep tries.
struct SweepOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Dropout rates to try: a number or FROM:TO:STEP for all dropout layers, or one of these per layer in "
        + "order, separated by commas. (default: the network's rates)", valueName: "ranges"))
  var dropout: RateRanges?

  @Option(
    help: ArgumentHelp(
      "Learning rates to try: numbers or FROM:TO:STEP, separated by commas. (default: "
        + "\(OptimizerKind.defaultRates))", valueName: "rates"))
  var learningRate: ValueList?

  @Option(
    help: ArgumentHelp(
      "Trainings per setting, with consecutive seeds from --seed. (default: 3)", valueName: "count"))
  var seeds: Int?

  @Option(
    help: ArgumentHelp(
      "Cross-validation: divide the samples into this many parts, and train every setting once for each part on the others, "
        + "instead of with several seeds. (default: off)", valueName: "count"))
  var folds: Int?

  @Flag(
    help: ArgumentHelp(
      "Successive halving: drop the worse half of the settings by --monitor after a few epochs, after twice "
        + "as many, and so on. Only the best are trained to the end."))
  var halving = false

  @Option(
    help: ArgumentHelp(
      "Trainings to run concurrently in each process; they share its threads. (default: one per thread)",
      valueName: "count"))
  var parallel: Int?

  func validate() throws {
    try (1...1000).check(seeds, "--seeds")
    try (2...TrainingConfiguration.Fold.limit).check(folds, "--folds")
    guard folds == nil || seeds == nil else {
      throw ValidationError("--folds cannot be combined with --seeds: fold k is trained with --seed + k - 1.")
    }
    try TrainingConfiguration.threadRange.check(parallel, "--parallel")
    guard learningRate?.values.allSatisfy({ $0 > 0 }) ?? true else {
      throw ValidationError("--learning-rate must be above 0.")
    }
  }

  /// - Throws: `ValidationError` when nothing is varied.
  func checkRates() throws {
    guard dropout != nil || learningRate != nil else {
      throw ValidationError("Nothing to vary: pass --dropout 0:0.7:0.1 or --learning-rate 0.0003,0.001.")
    }
  }

  /// - Throws: `ValidationError` for options of a single training.
  func check(_ training: TrainingOptions) throws {
    guard folds == nil || training.validationSplit == nil else { throw SeedOptions.foldsAndSplit }
    guard !training.averageWeights else {
      throw ValidationError(
        "--average-weights is not available in a sweep, which compares the weights without averaging.")
    }
    guard training.checkpointEvery == nil else {
      throw ValidationError(
        "--checkpoint-every is not available in a sweep, which resumes from whole epochs.")
    }
  }

  /// A sweep over variants of `base`.
  /// - Throws: `ValidationError` for rates that the network cannot have, and for too many trainings.
  func configuration(_ base: TrainingConfiguration) throws -> SweepConfiguration {
    var configuration =
      folds.map { SweepConfiguration(base, folds: $0) } ?? SweepConfiguration(base, seeds: seeds ?? 3)
    configuration.dropout = dropout?.axes ?? []
    configuration.learningRates = learningRate?.values ?? []
    configuration.halves = halving
    guard configuration.trainingCount <= SweepConfiguration.trainingLimit else {
      throw ValidationError(
        "--dropout, --learning-rate and --\(configuration.repetition)s amount to more than "
          + "\(SweepConfiguration.trainingLimit) trainings."
      )
    }
    let fastest = configuration.learningRates.max() ?? base.optimization.learningRate
    guard base.optimization.weightDecay * fastest < 1 else {
      throw ValidationError("--weight-decay times the learning rate must be below 1.")
    }
    do {
      for setting in configuration.settings { _ = try configuration.configuration(of: setting, seed: 0) }
    } catch {
      throw ValidationError("--dropout: \(errorText(error)).")
    }
    return configuration
  }
}
