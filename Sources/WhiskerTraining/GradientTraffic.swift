/// What adding up gradients cost a training of several processes, as one of them saw it.
public struct GradientTraffic: Sendable {
  /// How many processes there are.
  public let processes: Int
  /// What each adds to the sum in a step.
  public let bytes: Int
  public internal(set) var steps = 0
  /// How long the steps took, in seconds, and how much of that went by in waiting for sums: for the network, and for
  /// processes that were slower.
  public internal(set) var seconds = 0.0
  public internal(set) var waitingSeconds = 0.0

  init(processes: Int, bytes: Int) { (self.processes, self.bytes) = (processes, bytes) }
}
