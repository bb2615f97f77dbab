import ArgumentParser
import WhiskerNN
import WhiskerTraining

/// How the network is computed, wherever it is.
struct ComputingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Compute on this many threads. (default: the number of cores)", valueName: "count"))
  var threads: Int?

  func validate() throws {
    try TrainingConfiguration.threadRange.check(threads, "--threads")
  }

  var pool: ComputePool { ComputePool(threads: threads ?? Ranks.cores) }
}
