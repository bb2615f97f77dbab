import ArgumentParser
import WhiskerNN

/// How the network is computed, wherever it is.
struct ComputingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Compute on this many threads. (default: the number of cores)", valueName: "count"))
  var threads: Int?

  func validate() throws {
    guard threads ?? 1 >= 1, threads ?? 1 <= 1024 else {
      throw ValidationError("--threads must be from 1 to 1024.")
    }
  }

  var pool: ComputePool { ComputePool(threads: threads ?? Ranks.cores) }
}
