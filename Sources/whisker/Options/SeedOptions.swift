import ArgumentParser
import WhiskerTraining

/// Repeated trainings with different seeds or folds.
struct SeedOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Train this many times, with consecutive seeds from --seed, and report mean, standard deviation and "
        + "95 % confidence interval (Student's t) of accuracy and loss. The run folder keeps every run; its "
        + "model is the best of them. (default: 1)", valueName: "count"))
  var seeds: Int?

  @Option(
    help: ArgumentHelp(
      "Cross-validation: divide the samples into this many parts, train once for each part on the others, and validate on "
        + "it. Reports the accuracy of each fold, mean, standard deviation and 95 % confidence interval, one confusion "
        + "matrix, and a table of the predictions for all samples. The run folder is that of --seeds. (default: off)",
      valueName: "count"))
  var folds: Int?

  @Flag(
    help: ArgumentHelp(
      "Combine the models of --seeds into one that averages their probabilities. All trainings share the "
        + "validation split of --seed."))
  var ensemble = false

  func validate() throws {
    try (2...1000).check(seeds, "--seeds")
    try (2...TrainingConfiguration.Fold.limit).check(folds, "--folds")
    guard folds == nil || seeds == nil else {
      throw ValidationError("--folds cannot be combined with --seeds: fold k is trained with --seed + k - 1.")
    }
    guard folds == nil || !ensemble else {
      throw ValidationError(
        "--folds cannot be combined with --ensemble, whose members share a validation split.")
    }
    guard !ensemble || seeds != nil else { throw ValidationError("--ensemble requires --seeds.") }
  }

  /// The option that asks for several trainings; nil for a single one.
  var option: String? { seeds != nil ? "--seeds" : folds != nil ? "--folds" : nil }

  /// Checks the options of a new training.
  /// - Throws: `ValidationError` for those that cannot be combined with several trainings.
  func check(_ training: TrainingOptions) throws {
    guard folds == nil || training.validationSplit == nil else { throw Self.foldsAndSplit }
  }

  static let foldsAndSplit = ValidationError(
    "--folds cannot be combined with --validation-split: every fold is held back once.")

  /// A sweep over the seeds or the folds of `base`; nil for a single training.
  func configuration(_ base: TrainingConfiguration) -> SweepConfiguration? {
    let several = seeds.map { SweepConfiguration(base, seeds: $0) }
    guard var configuration = several ?? folds.map({ SweepConfiguration(base, folds: $0) }) else {
      return nil
    }
    configuration.keepsRuns = true
    configuration.ensembles = ensemble
    if ensemble { configuration.base.data.splitSeed = base.data.splitSeed ?? base.seed }
    return configuration
  }
}
