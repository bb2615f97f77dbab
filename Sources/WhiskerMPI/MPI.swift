import CMPI
import WhiskerCore

/// The MPI processes that were started together with this one.
public enum MPI {
  /// The time until a process reports a failure itself, if the first process does not, in seconds.
  private static let patience: Int32 = 5

  /// Joins the processes that a launcher started together with this one. Without a launcher, no MPI library is loaded.
  /// - Throws: `LaunchError` when this process cannot join the others.
  public static func join() throws -> any Communicator {
    guard Launch.rank != nil else { return SingleProcess() }
    if let library = try MPILibrary.load() { return try MPICommunicator(library) }
    guard let size = Launch.size, size > 1 else { return SingleProcess() }
    throw LaunchError(
      "a launcher started \(size) processes, and each would do all of the work: libwhisker-mpi.so is missing next to "
        + "whisker. Build it with scripts/build-mpi, or start one process")
  }

  /// Leaves the group; a collective operation.
  public static func leave(_ communicator: any Communicator) {
    (communicator as? MPICommunicator)?.functions.end()
  }

  /// Ends all processes at once, if there are others.
  public static func abort(_ communicator: any Communicator, status: Int32) {
    guard let communicator = communicator as? MPICommunicator, !communicator.isAlone else { return }
    communicator.functions.abort(status)
  }

  /// Sets the first process's handler of failures in other processes. It is called while the first process waits for the
  /// others, and must end all processes.
  public static func onFailure(
    in communicator: any Communicator, _ handler: @convention(c) (UnsafePointer<CChar>?) -> Void
  ) {
    guard let communicator = communicator as? MPICommunicator, communicator.isFirst else { return }
    communicator.functions.on_failure(handler)
  }

  /// Sends a failure to the first process, which reports it and ends all processes. Returns in the first process, and if the
  /// first process does not respond in time.
  public static func reportFailure(_ message: String, in communicator: any Communicator) {
    guard let communicator = communicator as? MPICommunicator, !communicator.isFirst else { return }
    communicator.functions.report_failure(message, patience)
  }

  /// The number of processes on this machine, and of those that share this one's cores; both include this one.
  public static func neighbours(in communicator: any Communicator) -> (local: Int, sharingCores: Int) {
    guard let communicator = communicator as? MPICommunicator else { return (1, 1) }
    return (Int(communicator.functions.local_size()), Int(communicator.functions.core_sharers()))
  }
}

/// The processes that were started cannot work together.
public struct LaunchError: Error, CustomStringConvertible {
  /// What is wrong and what to do.
  public let description: String

  init(_ description: String) { self.description = description }
}
