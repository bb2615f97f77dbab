import CKernels
import WhiskerCore

/// Stochastic gradient descent with momentum, in Keras's form: velocity = momentum * velocity - learning rate * gradient;
/// value = value + velocity.
///
/// Weight decay is decoupled, as in Keras's `weight_decay` and in SGDW (Loshchilov & Hutter, "Decoupled Weight Decay
/// Regularization", ICLR 2019, algorithm 1): before the step, weights, but not vectors (biases and the parameters of batch
/// norm), are multiplied by 1 - learning rate * decay, which does not enter the velocity.
public final class SGD: Optimizer {
  public var learningRate: Double
  public var steps = 0

  private let momentum: Double
  private let weightDecay: Double
  private let parameters: [Parameter]
  private let velocities: [ParameterValues]

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
    precondition(state.count == parameters.count, "there must be one velocity per parameter")
    for (values, tensor) in zip(velocities, state) { values.assign(tensor) }
  }

  public func step(_ pool: ComputePool) {
    steps += 1
    for (index, parameter) in parameters.enumerated() {
      let velocity = velocities[index]
      let keep = parameter.decayFactor(learningRate * weightDecay)
      pool.forEachBlock(of: parameter) { range in
        let start = range.lowerBound
        whisker_sgd_step(
          Int64(range.count), parameter.value.elements + start, parameter.gradient.elements + start,
          velocity.elements + start, Float(learningRate), Float(momentum), keep)
      }
    }
  }
}

extension OptimizerKind {
  /// Stochastic gradient descent with momentum.
  public static let sgd = OptimizerKind(
    "sgd", title: "SGD", summary: "stochastic gradient descent with momentum", defaultLearningRate: 0.01,
    hasMomentum: true
  ) {
    SGD($0, learningRate: $1.learningRate, momentum: $1.momentum, weightDecay: $1.weightDecay)
  }
}
