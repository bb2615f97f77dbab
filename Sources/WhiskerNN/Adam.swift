import CKernels
import Glibc
import WhiskerTensor

/// Adam (Kingma & Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015), with Keras's defaults and its form:
/// epsilon is added to the square root of the uncorrected second moment ("epsilon hat" in section 2 of the paper).
public final class Adam: Optimizer {
  public var learningRate: Double
  public var steps = 0

  private let beta1 = 0.9
  private let beta2 = 0.999
  private let epsilon = 1e-7
  private let parameters: [Parameter]
  private let means: [Tensor]
  private let variances: [Tensor]

  /// Updates `parameters`.
  public init(_ parameters: [Parameter], learningRate: Double = 0.001) {
    self.parameters = parameters
    self.learningRate = learningRate
    means = parameters.map { Tensor(shape: $0.value.shape) }
    variances = parameters.map { Tensor(shape: $0.value.shape) }
  }

  public var state: [(name: String, tensor: Tensor)] {
    zip(parameters, means).map { ("\($0.name).mean", $1) }
      + zip(parameters, variances).map { ("\($0.name).variance", $1) }
  }

  public func step(_ pool: ComputePool) {
    steps += 1
    let correction = (1 - pow(beta2, Double(steps))).squareRoot() / (1 - pow(beta1, Double(steps)))
    let rate = Float(learningRate * correction)
    for (index, parameter) in parameters.enumerated() {
      let (mean, variance) = (means[index], variances[index])
      pool.forEachBlock(of: parameter) { start, count in
        whisker_adam(
          Int64(count), parameter.value.elements + start, parameter.gradient.elements + start,
          mean.elements + start, variance.elements + start, rate, Float(beta1), Float(beta2), Float(epsilon))
      }
    }
  }
}
