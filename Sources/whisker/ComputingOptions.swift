import ArgumentParser
import WhiskerNN
import WhiskerTraining

/// How the network is computed, wherever it is.
struct ComputingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Compute on this many threads. (default: the number of cores)", valueName: "count"))
  var threads: Int?

  func validate() throws {
    guard TrainingConfiguration.threadRange.contains(threads ?? 1) else {
      throw ValidationError("--threads must be from 1 to 1024.")
    }
  }

  var pool: ComputePool { ComputePool(threads: threads ?? Ranks.cores) }
}
