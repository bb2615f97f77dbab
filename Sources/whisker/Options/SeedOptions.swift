import ArgumentParser
import WhiskerTraining

/// Repeated trainings with different seeds.
struct SeedOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Train this many times, with consecutive seeds from --seed, and report mean, standard deviation and "
        + "95 % confidence interval (Student's t) of accuracy and loss. The run folder keeps every run; its "
        + "model is the best of them. (default: 1)", valueName: "count"))
  var seeds: Int?

  @Flag(
    help: ArgumentHelp(
      "Combine the models of --seeds into one that averages their probabilities. All trainings share the "
        + "validation split of --seed."))
  var ensemble = false

  func validate() throws {
    try (2...1000).check(seeds, "--seeds")
    guard !ensemble || seeds != nil else { throw ValidationError("--ensemble requires --seeds.") }
  }

  /// A sweep over the seeds of `base`; nil for a single training.
  func configuration(_ base: TrainingConfiguration) -> SweepConfiguration? {
    guard let seeds else { return nil }
    var configuration = SweepConfiguration(base, seeds: seeds)
    configuration.keepsRuns = true
    configuration.ensembles = ensemble
    if ensemble { configuration.base.data.splitSeed = base.data.splitSeed ?? base.seed }
    return configuration
  }
}
