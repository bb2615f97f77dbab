import WhiskerData
import WhiskerNN
import WhiskerCore

/// An upper bound of the memory that a network needs, known before it is allocated.
package struct NetworkMemory {
  /// In bytes.
  package let need: Int

  /// The memory of a network for `capacity` samples at a time.
  /// - Parameter isTrained: Whether to include an optimizer with two values per parameter.
  /// - Throws: `NetworkError` when the layers do not fit each other.
  package init(
    _ specification: NetworkSpecification, input: FeatureShape, classCount: Int, capacity: Int, threads: Int,
    isTrained: Bool
  ) throws {
    let pool = ComputePool(measuring: threads)
    try self.init(
      specification, inputs: [input], classCount: classCount,
      .init(capacity: capacity, pool: pool, isTrained: isTrained))
  }

  /// The memory of networks that are built in a certain way, one for each input. If they are trained, an optimizer with two values per
  /// parameter is included.
  /// - Parameter inputs: At least one.
  /// - Throws: `NetworkError` when the layers do not fit each other.
  package init(
    _ specification: NetworkSpecification, inputs: [FeatureShape], classCount: Int, _ options: Network.Options
  ) throws {
    var parameterCount = 0
    let networks = try AllocationMeter.byteCount {
      for input in inputs {
        let network = try Network(specification, input: input, classCount: classCount, options)
        parameterCount = network.parameterCount
      }
    }
    // The optimizer's state, and the copies for reading and writing files.
    let copies = MemoryLayout<Float>.stride * parameterCount * (options.isTrained ? 4 : 1)
    need = networks + copies + inputs[inputs.count - 1].count * options.capacity
  }

  /// Why the network cannot be run on this machine; nil if it can.
  package var problem: String? {
    let available = MemoryBudget.available
    guard need > available else { return nil }
    return "the network \(MemorySize.shortage(need: need, available: available))"
  }
}
