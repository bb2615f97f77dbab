/// Gradient clipping by the global norm (Pascanu et al., "On the difficulty of training recurrent neural networks", ICML 2013,
/// algorithm 1): if the norm of the gradients of all parameters together is above a maximum, all are multiplied by
/// maximum / norm, as Keras's `global_clipnorm`.
public struct GradientClipping: Sendable {
  /// The maximum norm, above 0.
  public let maximumNorm: Double

  /// The number of runs that a task adds or scales.
  private static let runsPerTask = 64

  public init(maximumNorm: Double) {
    precondition(maximumNorm > 0, "the maximum norm must be above 0")
    self.maximumNorm = maximumNorm
  }

  /// Clips the stored gradients. Returns the norm before.
  /// - Parameter parameters: All parameters that the optimizer updates.
  /// - Parameter pool: The threads that compute; their number does not change the result.
  @discardableResult
  public func clip(_ parameters: [Parameter], _ pool: ComputePool) -> Double {
    let norm = Self.norm(parameters, pool)
    // Gradients that are NaN or infinite stay so, and the training ends with an error.
    guard norm > maximumNorm else { return norm }
    let scale = Float(maximumNorm / norm)
    for parameter in parameters {
      pool.forEachBlock(of: parameter) { range in
        for index in range { parameter.gradient.elements[index] *= scale }
      }
    }
    return norm
  }

  /// The Euclidean norm of all gradients. Squares are added in double precision in a fixed order.
  static func norm(_ parameters: [Parameter], _ pool: ComputePool) -> Double {
    parameters.reduce(0.0) { $0 + squareSum(of: $1.gradient, pool) }.squareRoot()
  }

  private static func squareSum(of values: ParameterValues, _ pool: ComputePool) -> Double {
    let tasks = (values.runCount + runsPerTask - 1) / runsPerTask
    return withUnsafeTemporaryAllocation(of: Double.self, capacity: tasks) { sums in
      pool.run(tasks) { task, _ in
        var sum = 0.0
        for run in task * runsPerTask..<min((task + 1) * runsPerTask, values.runCount) {
          sum += squareSum(of: values.run(run))
        }
        sums[task] = sum
      }
      return sums.reduce(0, +)
    }
  }

  /// The sum of the squares of contiguous values, in eight interleaved sums, since each addition waits for the one before it.
  private static func squareSum(of run: UnsafeBufferPointer<Float>) -> Double {
    var sums = SIMD8<Double>()
    let (bytes, whole) = (UnsafeRawBufferPointer(run), run.count & ~7)
    for start in stride(from: 0, to: whole, by: 8) {
      let values = SIMD8<Double>(
        bytes.loadUnaligned(fromByteOffset: start * MemoryLayout<Float>.stride, as: SIMD8<Float>.self))
      sums += values * values
    }
    return run[whole...].reduce(sums.sum()) { $0 + Double($1) * Double($1) }
  }
}
