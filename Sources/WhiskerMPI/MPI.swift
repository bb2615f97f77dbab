import CMPI
import WhiskerTensor

/// The job that this process belongs to.
public enum MPI {
  /// How long a process whose failure nobody acts on waits before it reports it itself, in seconds.
  private static let patience: Int32 = 5

  /// Joins the processes that a launcher started together with this one. A process that was started by itself stays by
  /// itself, and no MPI library is loaded.
  /// - Throws: `LaunchError` when this program cannot work with the others.
  public static func join() throws -> any Communicator {
    guard Launch.rank != nil else { return SingleProcess() }
    if let library = try MPILibrary.load() { return try MPICommunicator(library) }
    guard let size = Launch.size, size > 1 else { return SingleProcess() }
    throw LaunchError(
      "a launcher started \(size) processes, and each would do all of the work: there is no libwhisker-mpi.so beside "
        + "this whisker. Make it with scripts/build-mpi, or start one process")
  }

  /// Leaves the job, together with all others.
  public static func leave(_ job: any Communicator) {
    (job as? MPICommunicator)?.functions.end()
  }

  /// Ends every process of the job at once, where there are others.
  public static func abort(_ job: any Communicator, status: Int32) {
    guard let job = job as? MPICommunicator, !job.isAlone else { return }
    job.functions.abort(status)
  }

  /// Sets what the first process does about a failure of another one. It is called while the first process waits for the
  /// others, and must end the job.
  public static func onFailure(
    in job: any Communicator, _ handler: @convention(c) (UnsafePointer<CChar>?) -> Void
  ) {
    guard let job = job as? MPICommunicator, job.isFirst else { return }
    job.functions.on_failure(handler)
  }

  /// Lets the first process report why this one fails, and end the job. Returns where the first process itself is that
  /// one, or does not answer in time.
  public static func reportFailure(_ message: String, in job: any Communicator) {
    guard let job = job as? MPICommunicator, !job.isFirst else { return }
    job.functions.report_failure(message, patience)
  }

  /// The processes on this machine, and those of them that may use this one's cores; this one included.
  public static func neighbours(in job: any Communicator) -> (local: Int, sharingCores: Int) {
    guard let job = job as? MPICommunicator else { return (1, 1) }
    return (Int(job.functions.local_size()), Int(job.functions.core_sharers()))
  }
}

/// Why the processes that were started cannot work together.
public struct LaunchError: Error, CustomStringConvertible {
  /// What is wrong and what to do.
  public let description: String

  init(_ description: String) { self.description = description }
}
