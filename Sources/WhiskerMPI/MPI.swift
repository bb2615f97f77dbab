import WhiskerTensor

#if MPI
  import CMPI
#endif

/// The job that this process belongs to.
public enum MPI {
  /// Joins the processes that a launcher has started together with this one. A process that was started by itself stays
  /// by itself, and MPI is not begun.
  /// - Throws: `LaunchError` when this program cannot work with the others.
  public static func join() throws -> any Communicator {
    guard Launch.rank != nil else { return SingleProcess() }
    #if MPI
      switch whisker_mpi_begin() {
      case 0: return MPICommunicator()
      case whisker_mpi_mixed:
        throw LaunchError(
          "MPI cannot be used: this whisker was compiled with the header of MPICH, and linked with Open MPI. "
            + "Build it with one of them, in a folder of its own (--scratch-path)")
      default:
        throw LaunchError("MPI cannot be used: it has no support for threads, or the job was not set up")
      }
    #else
      guard let size = Launch.size, size > 1 else { return SingleProcess() }
      throw LaunchError(
        "was started \(size) times by a launcher, and each would do all of the work: this whisker was built without "
          + "MPI. Build it with swift build -c release --traits MPI, or start it once")
    #endif
  }

  /// Leaves the job, together with all others.
  public static func leave(_ job: any Communicator) {
    #if MPI
      if job is MPICommunicator { whisker_mpi_end() }
    #endif
  }

  /// Ends every process of the job at once, where there are others.
  public static func abort(_ job: any Communicator, status: Int32) {
    #if MPI
      if job is MPICommunicator, !job.isAlone { whisker_mpi_abort(status) }
    #endif
  }

  /// The processes on this machine, and those of them that may use this one's cores; this one included.
  public static func neighbours(in job: any Communicator) -> (local: Int, sharingCores: Int) {
    #if MPI
      if job is MPICommunicator {
        return (Int(whisker_mpi_local_size()), Int(whisker_mpi_core_sharers()))
      }
    #endif
    return (1, 1)
  }
}

/// Why the processes that were started cannot work together.
public struct LaunchError: Error, CustomStringConvertible {
  /// What is wrong and what to do, in words.
  public let description: String

  init(_ description: String) { self.description = description }
}
