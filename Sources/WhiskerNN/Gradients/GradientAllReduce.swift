import CKernels
import WhiskerCore

/// The all-reduce of gradients over all processes, in buckets. The all-reduce of a bucket starts as soon as its gradients are
/// computed, so communication overlaps with the rest of the backward pass.
public final class GradientAllReduce {
  private let communicator: any Communicator
  /// The buckets in the order in which the backward pass completes them: from the last layer to the first.
  private let buckets: [GradientBucket]
  /// The number of stored values of each parameter whose gradients are computed.
  private var ready: [ObjectIdentifier: Int] = [:]
  private var started = 0
  /// The total time that the network waited for communication, in seconds.
  public private(set) var waitingSeconds = 0.0

  /// The bytes that a process contributes to the all-reduces of a step.
  public var byteCount: Int { buckets.reduce(0) { $0 + $1.count } * MemoryLayout<Float>.stride }

  /// Reduces the gradients of `parameters`, which are in the order of the layers.
  public init(_ parameters: [Parameter], over communicator: any Communicator) {
    self.communicator = communicator
    buckets = GradientBucket.divide(parameters.reversed())
  }

  /// Resets the state before the backward pass of a step.
  func begin() {
    ready = [:]
    started = 0
  }

  /// Records that the gradients of a parameter are computed, all of them or the first `count` stored values, and starts the
  /// all-reduce of every complete bucket.
  func note(_ parameter: Parameter, first count: Int? = nil) {
    ready[ObjectIdentifier(parameter)] = count ?? parameter.gradient.stored.count
    flushingDenormals {
      while started < buckets.count, buckets[started].isComplete(with: ready) {
        buckets[started].startAllReduce(over: communicator)
        started += 1
      }
    }
  }

  /// Makes progress with the all-reduces.
  func advance() { communicator.advance() }

  /// Waits for all all-reduces and stores the sums as the gradients.
  func finish() {
    precondition(started == buckets.count, "all gradients must be computed")
    let start = ContinuousClock.now
    flushingDenormals { communicator.finishAllReduces() }
    waitingSeconds += (ContinuousClock.now - start) / .seconds(1)
    for bucket in buckets { bucket.unpack() }
  }

  /// All-reduces also make progress between the tasks of the pool, where denormals are zero. They must be zero everywhere
  /// else too, or the sums would depend on timing.
  private func flushingDenormals(_ body: () -> Void) {
    let state = whisker_flush_denormals()
    body()
    whisker_restore_denormals(state)
  }
}
