/// The cost of the all-reduce of gradients, measured in one process.
public struct AllReduceStatistics: Sendable {
  /// The number of processes.
  public let processes: Int
  /// The bytes that each process reduces per step.
  public let bytes: Int
  public internal(set) var steps = 0
  /// The duration of the steps in seconds, and the part of it spent waiting for sums: for the network, and for
  /// processes that were slower.
  public internal(set) var seconds = 0.0
  public internal(set) var waitingSeconds = 0.0

  init(processes: Int, bytes: Int) { (self.processes, self.bytes) = (processes, bytes) }
}
