import WhiskerCore

/// The exponential moving average of the parameters and buffers of a network: after every step, average = momentum * average +
/// (1 - momentum) * value, starting from the initial values, as in Keras's `use_ema`.
///
/// In the first steps the momentum is limited to (1 + step) / (10 + step), so that the average forgets the initial values
/// quickly (Tan & Le, "EfficientNet", ICML 2019, and TensorFlow's `ExponentialMovingAverage`).
///
/// The running statistics of batch norm are averaged like the parameters. Recomputing them for the averaged parameters would need
/// another pass over the training samples in every epoch, and their momentum makes them averages over recent steps already.
public final class ExponentialMovingAverage {
  /// The factor of the average in each step, 0 to 1.
  public let momentum: Double
  private let values: [(name: String, values: ParameterValues)]
  private let averages: [ParameterValues]

  /// Starts the average of a network's parameters and buffers at their current values.
  public init(_ network: Network, momentum: Double = 0.99) {
    self.momentum = momentum
    values = network.values
    averages = values.map { $0.values.zeros() }
    restart()
  }

  /// The averages, named like the parameters and buffers, in PyTorch's layout.
  public var state: [(name: String, tensor: Tensor)] {
    zip(values, averages).map { ($0.name, $1.tensor) }
  }

  /// Restores averages, in the order of `state`.
  public func restore(_ state: [Tensor]) {
    precondition(state.count == averages.count, "there must be one average per parameter and buffer")
    for (average, tensor) in zip(averages, state) { average.assign(tensor) }
  }

  /// Resets the average to the current values.
  public func restart() {
    for ((_, values), average) in zip(values, averages) {
      average.elements.update(from: values.elements, count: average.stored.count)
    }
  }

  /// Updates the average with the values after a step.
  /// - Parameter step: The number of steps so far, from 1.
  /// - Parameter pool: The threads that compute.
  public func update(step: Int, _ pool: ComputePool) {
    let weight = Float(1 - min(momentum, Double(1 + step) / Double(10 + step)))
    for ((_, values), average) in zip(values, averages) {
      pool.forEachBlock(of: values) { range in
        let (values, averages) = (values.elements, average.elements)
        for index in range { averages[index] += weight * (values[index] - averages[index]) }
      }
    }
  }

  /// Runs `body` with the averages swapped into the parameters.
  public func whileInUse<Result>(_ body: () throws -> Result) rethrows -> Result {
    exchange()
    defer { exchange() }
    return try body()
  }

  private func exchange() {
    for ((_, values), average) in zip(values, averages) {
      let (values, averages) = (values.elements, average.elements)
      for index in 0..<average.stored.count { swap(&values[index], &averages[index]) }
    }
  }
}
