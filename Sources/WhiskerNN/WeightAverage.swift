import WhiskerTensor

/// The exponential moving average of a network's parameters: after every step, average = momentum * average +
/// (1 - momentum) * value, from the initial values on, as in Keras's `use_ema`.
///
/// The momentum starts lower, at (1 + step) / (10 + step), so that the first steps do not stay in the average for long
/// (Tan & Le, "EfficientNet", ICML 2019, and TensorFlow's `ExponentialMovingAverage`).
public final class WeightAverage {
  /// The share of the average that stays in a step, 0 to 1.
  public let momentum: Double
  private let parameters: [Parameter]
  private let averages: [ParameterValues]

  /// The average over `parameters`, so far their present values.
  public init(_ parameters: [Parameter], momentum: Double = 0.99) {
    (self.parameters, self.momentum) = (parameters, momentum)
    averages = parameters.map { $0.value.zeros() }
    restart()
  }

  /// The averages by the parameters' names, in PyTorch's layout.
  public var state: [(name: String, tensor: Tensor)] {
    zip(parameters, averages).map { ($0.name, $1.tensor) }
  }

  /// Takes over averages, in the order of `state`.
  public func restore(_ state: [Tensor]) {
    precondition(state.count == averages.count, "a parameter has an average")
    for (average, tensor) in zip(averages, state) { average.assign(tensor) }
  }

  /// Forgets what was: the average is that of the present values.
  public func restart() {
    for (parameter, average) in zip(parameters, averages) {
      average.elements.update(from: parameter.value.elements, count: average.stored.count)
    }
  }

  /// Takes in the values after a step.
  /// - Parameter step: The number of steps made, from 1.
  /// - Parameter pool: The threads that compute.
  public func update(step: Int, _ pool: ComputePool) {
    let weight = Float(1 - min(momentum, Double(1 + step) / Double(10 + step)))
    for (parameter, average) in zip(parameters, averages) {
      pool.forEachBlock(of: parameter) { range in
        let (values, averages) = (parameter.value.elements, average.elements)
        for index in range { averages[index] += weight * (values[index] - averages[index]) }
      }
    }
  }

  /// Runs `body` while the parameters are their averages.
  public func whileInUse<Result>(_ body: () throws -> Result) rethrows -> Result {
    exchange()
    defer { exchange() }
    return try body()
  }

  private func exchange() {
    for (parameter, average) in zip(parameters, averages) {
      let (values, averages) = (parameter.value.elements, average.elements)
      for index in 0..<average.stored.count { swap(&values[index], &averages[index]) }
    }
  }
}
