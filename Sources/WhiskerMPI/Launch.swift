import Glibc

/// How a launcher (mpirun, srun) has started this process, as its environment tells before anything is joined.
public enum Launch {
  /// This process's number among those that were started together, from 0; nil where no launcher of MPI's started it.
  public static let rank = number(["OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK"])
  /// How many were started together, as far as that is told.
  static let size = number(["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"])

  private static func number(_ names: [String]) -> Int? {
    names.lazy.compactMap { getenv($0).flatMap { Int(String(cString: $0)) } }.first
  }
}
