import ArgumentParser
import Glibc
import WhiskerMPI
import WhiskerNN
import WhiskerTensor
import WhiskerTraining

/// The processes that mpirun has started together, this one among them.
enum Ranks {
  private struct State: Sendable {
    var job: any Communicator = SingleProcess()
    var localCount = 1
    var cores = Machine.cores
    /// Takes back what has come to nothing when another process fails.
    var discard: @Sendable () -> Void = {}
  }

  private static let state = Lock(State())

  /// How long a process that has nothing to say waits for the launcher to end it, in microseconds.
  private static let patience: UInt32 = 2_000_000

  static var job: any Communicator { state.withLock { $0.job } }
  /// The processes on this machine.
  static var localCount: Int { state.withLock { $0.localCount } }
  /// The cores that are this process's, at least 1.
  static var cores: Int { state.withLock { $0.cores } }
  /// Whether another process tells what all of them have to tell.
  static var isSpokenFor: Bool { Launch.rank ?? 0 > 0 }

  /// Joins the others, if there are any. The first process does the talking from then on.
  static func join() throws {
    Terminal.isSilent = isSpokenFor
    let job: any Communicator
    do {
      job = try MPI.join()
    } catch {
      endUnlessFirst(1)
      throw error
    }
    MPI.onFailure(in: job) { message in
      Terminal.complain(StyledText("whisker:", .red) + " \(message.map { String(cString: $0) } ?? "")")
      Ranks.discardAll()
      Ranks.end(1)
    }
    let (local, sharing) = MPI.neighbours(in: job)
    state.withLock { $0 = State(job: job, localCount: local, cores: max(1, Machine.cores / sharing)) }
    Terminal.isSilent = !job.isFirst
  }

  /// Sets what the first process does before it ends for a failure of another one.
  static func onFailure(_ discard: @escaping @Sendable () -> Void) { state.withLock { $0.discard = discard } }

  private static func discardAll() { state.withLock { $0.discard }() }

  /// Leaves the others, when all is done.
  static func leave() {
    MPI.leave(job)
    state.withLock { $0.job = SingleProcess() }
  }

  /// The folder that the first process takes, for all.
  static func folder(_ take: () throws -> RunFolder) throws -> RunFolder {
    let folder = job.isFirst ? try take() : nil
    let path = job.broadcast(Array((folder?.path ?? "").utf8))
    return folder ?? RunFolder(path: String(decoding: path, as: UTF8.self))
  }

  /// Lets the first process report an error of this one, which may be about to report the same. Returns in the process that
  /// is to report it.
  static func reportFailure(_ message: String) {
    guard !job.isFirst else { return }
    // A process that was asked to end need not say why.
    if Interruption.isWished { end(1) }
    Interruption.endAtOnce()
    MPI.reportFailure("\(place)\(message)", in: job)
    Terminal.isSilent = false
  }

  /// Ends a process that has not joined the others, and whose error the first process reports: the launcher ends them all
  /// as soon as one of them has failed, so the first one must be that one.
  static func endUnlessFirst(_ status: Int32) {
    guard isSpokenFor else { return }
    usleep(patience)
    Glibc.exit(status)
  }

  /// Ends this process, and all others with it.
  static func end(_ status: Int32) -> Never {
    MPI.abort(job, status: status)
    Glibc.exit(status)
  }

  /// Which process speaks, where it is not the one that usually does.
  static var place: String { job.isFirst ? "" : "process \(job.rank): " }

  /// How many there are, for people.
  static var description: String {
    let job = job
    return job.isAlone ? "" : " in each of \(job.size) processes, \(localCount) of them on this machine"
  }
}

extension ParsableCommand {
  /// Whether the processes that mpirun starts divide the work of this command.
  var isDivided: Bool { (self as? any DividedCommand)?.dividesWork ?? false }
}

/// A command whose work can be divided.
protocol DividedCommand: ParsableCommand {
  var dividesWork: Bool { get }
}

extension DividedCommand {
  var dividesWork: Bool { true }
}
