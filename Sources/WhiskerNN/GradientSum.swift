import CKernels
import WhiskerTensor

/// Adds up a network's gradients over the processes that train together, in pieces: each is on its way as soon as it is
/// known, so that the last layers' are added up while the first layers' are computed.
public final class GradientSum {
  private let job: any Communicator
  /// The pieces in the order in which they become known, which is that of the layers from the last to the first.
  private let pieces: [GradientPiece]
  /// How many of each parameter's stored values have a gradient yet.
  private var known: [ObjectIdentifier: Int] = [:]
  private var begun = 0
  /// How long the network waited for sums in all, in seconds.
  public private(set) var waitingSeconds = 0.0

  /// What a process adds to the sums of a step, in bytes.
  public var byteCount: Int { pieces.reduce(0) { $0 + $1.count } * MemoryLayout<Float>.stride }

  /// Adds up the gradients by `parameters`, which are in the order of the layers.
  public init(_ parameters: [Parameter], over job: any Communicator) {
    self.job = job
    pieces = GradientPiece.divide(parameters.reversed())
  }

  /// Before the gradients of a step.
  func begin() {
    known = [:]
    begun = 0
  }

  /// Takes note that the gradients by a parameter are in memory: by all of its stored values, or the first `count`.
  func note(_ parameter: Parameter, first count: Int? = nil) {
    known[ObjectIdentifier(parameter)] = count ?? parameter.gradient.stored.count
    flushingDenormals {
      while begun < pieces.count, pieces[begun].isKnown(by: known) {
        pieces[begun].begin(over: job)
        begun += 1
      }
    }
  }

  /// Lets the sums go on.
  func advance() { job.advance() }

  /// Waits for all sums, which then are the gradients.
  func finish(_ pool: ComputePool) {
    precondition(begun == pieces.count, "every gradient is known")
    let start = ContinuousClock.now
    flushingDenormals { job.finishSums() }
    waitingSeconds += (ContinuousClock.now - start) / .seconds(1)
    for piece in pieces { piece.unpack() }
  }

  /// Denormals are zero in the pool's tasks, between which sums go on: they have to be wherever a sum may go on, or its
  /// bits would depend on the time.
  private func flushingDenormals(_ body: () -> Void) {
    let state = whisker_flush_denormals()
    body()
    whisker_restore_denormals(state)
  }
}
