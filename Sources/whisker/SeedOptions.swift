import ArgumentParser
import WhiskerTraining

/// How many trainings differ in nothing but their seed.
struct SeedOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Train so many times, with the seeds from --seed on, and tell the mean, the standard deviation and the 95 % "
        + "interval (Student's t) of accuracy and loss. Every training is kept as a run in the run's folder; the run's model "
        + "is the best of them. (default: 1)", valueName: "count"))
  var seeds: Int?

  @Flag(
    help: ArgumentHelp(
      "Keep the models of --seeds as one, whose prediction is the mean of theirs. All hold back the same pictures, those "
        + "of --seed, so that none has seen what the others are measured on."))
  var ensemble = false

  func validate() throws {
    try (2...1000).check(seeds, "--seeds")
    guard !ensemble || seeds != nil else { throw ValidationError("--ensemble needs --seeds.") }
  }

  /// The trainings that are asked for, otherwise as in `base`; nil for a single one.
  func configuration(_ base: TrainingConfiguration) -> SweepConfiguration? {
    guard let seeds else { return nil }
    var configuration = SweepConfiguration(base, seeds: seeds)
    configuration.keepsRuns = true
    configuration.ensembles = ensemble
    if ensemble { configuration.base.splitSeed = base.splitSeed ?? base.seed }
    return configuration
  }
}
