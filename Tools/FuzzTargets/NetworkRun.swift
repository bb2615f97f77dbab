import WhiskerNN
import WhiskerCore
import WhiskerTraining

/// Builds an untrusted network and runs it if it is small.
struct NetworkRun {
  let specification: NetworkSpecification
  let input: FeatureShape
  let classCount: Int

  /// The memory limit in bytes, which also limits the computation.
  private static let memoryLimit = 4 << 20
  private static let capacity = 2

  /// The memory that the network needs.
  /// - Throws: `NetworkError` when its layers do not match; `Defect` when the estimate is not positive.
  func memory(capacity: Int, threads: Int) throws -> Int {
    let memory = try NetworkMemory(
      specification, input: input, classCount: classCount, capacity: capacity, threads: threads,
      isTrained: true)
    try Defect.unless(memory.need > 0, "a need of \(memory.need) bytes")
    return memory.need
  }

  /// Builds the network with `make`, and runs forward and, in a training pass, backward.
  func check(_ pass: Pass, _ make: (_ capacity: Int, ComputePool) throws -> Network) throws {
    guard try memory(capacity: Self.capacity, threads: 1) <= Self.memoryLimit else { return }
    let network = try make(Self.capacity, ComputePool(threads: 1))
    let images = (0..<input.count * Self.capacity).map { UInt8(truncatingIfNeeded: $0 * 37) }
    for count in 1...Self.capacity {
      let logits = network.forward(images, count: count, pass: pass)
      try Defect.unless(logits.count == Self.capacity * classCount, "\(logits.count) logits")
      if pass.wantsGradients { network.backward(logits, count: count) }
    }
  }
}
