import ArgumentParser
import WhiskerTraining

/// Monte-Carlo dropout: passes with dropout on.
struct SamplingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Run this many passes with dropout on (Monte-Carlo dropout). (default: only one without)",
      valueName: "count"))
  var mcSamples: Int?

  @Option(help: ArgumentHelp("What --mc-samples drops depends on it. (default: 0)", valueName: "number"))
  var seed: UInt64?

  private static let passLimit = 1_000_000

  func validate() throws {
    try (1...Self.passLimit).check(mcSamples, "--mc-samples")
    guard seed == nil || mcSamples != nil else { throw ValidationError("--seed goes with --mc-samples.") }
  }

  /// What is asked for; nil for one pass without dropout.
  var sampling: Predictor.Sampling? { mcSamples.map { Predictor.Sampling(passes: $0, seed: seed ?? 0) } }
}
