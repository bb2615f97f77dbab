import ArgumentParser
import WhiskerNN
import WhiskerTraining

/// Threads for computing the network.
struct ComputingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Number of compute threads. (default: number of cores)", valueName: "count"))
  var threads: Int?

  func validate() throws {
    try TrainingConfiguration.threadRange.check(threads, "--threads")
  }

  var pool: ComputePool { ComputePool(threads: threads ?? ProcessGroup.cores) }
}

/// Averages over several passes: Monte-Carlo dropout, and test-time augmentation.
struct SamplingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Test-time augmentation: flip averages the probabilities of each picture and its mirror image, which "
        + "takes twice as long. (default: off)", valueName: "kind"))
  var tta: TestTimeAugmentation?

  @Option(
    help: ArgumentHelp(
      "Monte-Carlo dropout: number of passes with dropout on. (default: off)", valueName: "count"))
  var mcSamples: Int?

  @Option(
    help: ArgumentHelp("Seed of the dropout masks of --mc-samples. (default: 0)", valueName: "seed"))
  var seed: UInt64?

  private static let passLimit = 1_000_000

  func validate() throws {
    try (1...Self.passLimit).check(mcSamples, "--mc-samples")
    guard seed == nil || mcSamples != nil else { throw ValidationError("--seed requires --mc-samples.") }
  }

  /// Nil for a single pass without dropout.
  var sampling: Predictor.Sampling? { mcSamples.map { Predictor.Sampling(passes: $0, seed: seed ?? 0) } }
}
