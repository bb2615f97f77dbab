import Glibc

/// The environment of a launcher (mpirun, srun), which is known before the process joins the others.
public enum Launch {
  /// The rank of this process; nil without an MPI launcher.
  public static let rank = number(["OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK"])
  /// The number of processes; nil if unknown.
  static let size = number(["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"])

  private static func number(_ names: [String]) -> Int? {
    names.lazy.compactMap { getenv($0).flatMap { Int(String(cString: $0)) } }.first
  }
}
