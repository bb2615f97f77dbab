import CKernels
import Glibc
import WhiskerCore

/// Adam (Kingma & Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015), with Keras's defaults and its form:
/// epsilon is added to the square root of the uncorrected second moment ("epsilon hat" in section 2 of the paper).
///
/// With weight decay it is AdamW (Loshchilov & Hutter, "Decoupled Weight Decay Regularization", ICLR 2019, algorithm 2, in
/// PyTorch's form): before the step, weights are multiplied by 1 - learning rate * decay. Vectors, which are biases and the
/// parameters of batch norm, do not decay.
public final class Adam: Optimizer {
  public var learningRate: Double
  public var steps = 0

  private let weightDecay: Double
  private let beta1 = 0.9
  private let beta2 = 0.999
  private let epsilon = 1e-7
  private let parameters: [Parameter]
  private let means: [ParameterValues]
  private let variances: [ParameterValues]

  public init(_ parameters: [Parameter], learningRate: Double = 0.001, weightDecay: Double = 0) {
    self.parameters = parameters
    (self.learningRate, self.weightDecay) = (learningRate, weightDecay)
    means = parameters.map { $0.value.zeros() }
    variances = parameters.map { $0.value.zeros() }
  }

  public var state: [(name: String, tensor: Tensor)] {
    zip(parameters, means).map { ("\($0.name).mean", $1.tensor) }
      + zip(parameters, variances).map { ("\($0.name).variance", $1.tensor) }
  }

  public func restore(_ state: [Tensor]) {
    precondition(state.count == 2 * parameters.count, "there must be one mean and one variance per parameter")
    for (values, tensor) in zip(means + variances, state) { values.assign(tensor) }
  }

  public func step(_ pool: ComputePool) {
    guard let step = beginFusedStep() else { return }
    for parameter in parameters {
      pool.forEachBlock(of: parameter) { step.apply(to: parameter, $0) }
    }
  }

  public func beginFusedStep() -> FusedStep? {
    steps += 1
    let correction = (1 - pow(beta2, Double(steps))).squareRoot() / (1 - pow(beta1, Double(steps)))
    let rate = Float(learningRate * correction)
    let states = parameters.indices.map { index in
      let state = whisker_adam(
        value: parameters[index].value.elements, mean: means[index].elements,
        variance: variances[index].elements,
        rate: rate, beta1: Float(beta1), beta2: Float(beta2), epsilon: Float(epsilon),
        keep: parameters[index].decayFactor(learningRate * weightDecay))
      return (ObjectIdentifier(parameters[index]), state)
    }
    return FusedStep(Dictionary(uniqueKeysWithValues: states))
  }
}

extension OptimizerKind {
  /// Adam, or AdamW with weight decay.
  public static let adam = OptimizerKind(
    "adam", title: "Adam", summary: "Adam, or AdamW with weight decay", defaultLearningRate: 0.001
  ) {
    Adam($0, learningRate: $1.learningRate, weightDecay: $1.weightDecay)
  }
}
