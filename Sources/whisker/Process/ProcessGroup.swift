import ArgumentParser
import Glibc
import WhiskerMPI
import WhiskerNN
import WhiskerCore
import WhiskerTraining

/// The processes that mpirun has started together, including this one.
enum ProcessGroup {
  private struct State: Sendable {
    var communicator: any Communicator = SingleProcess()
    var localCount = 1
    var cores = Machine.cores
    /// Removes unfinished output when another process fails.
    var discard: @Sendable () -> Void = {}
  }

  private static let state = Lock(State())

  /// How long a process waits for the launcher to end it, in microseconds.
  private static let patience: UInt32 = 2_000_000

  static var communicator: any Communicator { state.withLock { $0.communicator } }
  /// The number of processes on this machine.
  static var localCount: Int { state.withLock { $0.localCount } }
  /// The number of cores for this process, at least 1.
  static var cores: Int { state.withLock { $0.cores } }
  /// Whether another process prints for all.
  static var isMuted: Bool { Launch.rank ?? 0 > 0 }

  /// Joins the others, if there are any. From then on, only the first process prints.
  static func join() throws {
    Terminal.isSilent = isMuted
    let communicator: any Communicator
    do {
      communicator = try MPI.join()
    } catch {
      endUnlessFirst(1)
      throw error
    }
    MPI.onFailure(in: communicator) { message in
      Terminal.warn(StyledText("whisker:", .red) + " \(message.map { String(cString: $0) } ?? "")")
      ProcessGroup.discardAll()
      ProcessGroup.end(1)
    }
    let (local, sharing) = MPI.neighbours(in: communicator)
    state.withLock {
      $0 = State(communicator: communicator, localCount: local, cores: max(1, Machine.cores / sharing))
    }
    Terminal.isSilent = !communicator.isFirst
  }

  /// Sets the cleanup of the first process after a failure of another one.
  static func onFailure(_ discard: @escaping @Sendable () -> Void) { state.withLock { $0.discard = discard } }

  private static func discardAll() { state.withLock { $0.discard }() }

  /// Leaves the group at the end.
  static func leave() {
    MPI.leave(communicator)
    state.withLock { $0.communicator = SingleProcess() }
  }

  /// The folder that the first process creates or finds, for all processes.
  static func folder(_ make: () throws -> RunFolder) throws -> RunFolder {
    let folder = communicator.isFirst ? try make() : nil
    let path = communicator.broadcast(Array((folder?.path ?? "").utf8))
    return folder ?? RunFolder(path: String(decoding: path, as: UTF8.self))
  }

  /// Sends an error of this process to the first one, which prints it. Returns if this process has to print it itself.
  static func reportFailure(_ message: String) {
    guard !communicator.isFirst else { return }
    // A process that was asked to stop has no error to report.
    if Interruption.isWished { end(1) }
    Interruption.endAtOnce()
    MPI.reportFailure("\(place)\(message)", in: communicator)
    Terminal.isSilent = false
  }

  /// Ends a process that has not joined the group, unless it is the first. The wait lets the first process print its error:
  /// the launcher ends all processes as soon as one fails.
  static func endUnlessFirst(_ status: Int32) {
    guard isMuted else { return }
    usleep(patience)
    Glibc.exit(status)
  }

  /// Ends all processes.
  static func end(_ status: Int32) -> Never {
    MPI.abort(communicator, status: status)
    Glibc.exit(status)
  }

  /// A prefix of messages from processes other than the first.
  static var place: String { communicator.isFirst ? "" : "process \(communicator.rank): " }

  /// The number of processes, for people; empty for a single one.
  static var description: String {
    let communicator = communicator
    return communicator.isAlone
      ? "" : " in each of \(communicator.size) processes, \(localCount) of them on this machine"
  }
}

extension ParsableCommand {
  /// Whether the processes of mpirun divide the work of this command.
  var isDivided: Bool { (self as? any DividedCommand)?.dividesWork ?? false }
}

/// A command whose work several processes can divide.
protocol DividedCommand: ParsableCommand {
  var dividesWork: Bool { get }
}

extension DividedCommand {
  var dividesWork: Bool { true }
}
