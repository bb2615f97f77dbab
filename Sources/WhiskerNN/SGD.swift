import CKernels
import WhiskerTensor

/// Stochastic gradient descent with momentum, in Keras's form: the velocity is `momentum` times the last one minus
/// the learning rate times the gradient, and is added to the value.
///
/// Weight decay is decoupled, as in Keras's `weight_decay` and as in SGDW (Loshchilov & Hutter, "Decoupled Weight Decay
/// Regularization", ICLR 2019, algorithm 1): before the step a weight, but not a bias, is multiplied by 1 - learning
/// rate * decay. It is no part of the gradient, and so gathers no momentum.
public final class SGD: Optimizer {
  public var learningRate: Double
  public var steps = 0

  private let momentum: Double
  private let weightDecay: Double
  private let parameters: [Parameter]
  private let velocities: [ParameterValues]

  /// Updates `parameters`.
  public init(
    _ parameters: [Parameter], learningRate: Double = 0.01, momentum: Double = 0.9, weightDecay: Double = 0
  ) {
    (self.parameters, self.learningRate, self.momentum) = (parameters, learningRate, momentum)
    self.weightDecay = weightDecay
    velocities = parameters.map { $0.value.zeros() }
  }

  public var state: [(name: String, tensor: Tensor)] {
    zip(parameters, velocities).map { ("\($0.name).velocity", $1.tensor) }
  }

  public func restore(_ state: [Tensor]) {
    precondition(state.count == parameters.count, "a parameter has a velocity")
    for (values, tensor) in zip(velocities, state) { values.assign(tensor) }
  }

  public func step(_ pool: ComputePool) {
    steps += 1
    for (index, parameter) in parameters.enumerated() {
      let velocity = velocities[index]
      let keep = parameter.keptShare(learningRate * weightDecay)
      pool.forEachBlock(of: parameter) { range in
        let start = range.lowerBound
        whisker_sgd_step(
          Int64(range.count), parameter.value.elements + start, parameter.gradient.elements + start,
          velocity.elements + start, Float(learningRate), Float(momentum), keep)
      }
    }
  }
}
