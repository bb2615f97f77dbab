import WhiskerCore
import WhiskerNN

/// Steps of one size against the sign of the gradient (Bernstein et al., "signSGD: Compressed Optimisation for Non-Convex
/// Problems", ICML 2018).
final class SignSGD: Optimizer {
  var learningRate: Double
  var steps = 0
  /// It remembers nothing.
  let state: [(name: String, tensor: Tensor)] = []
  private let parameters: [Parameter]

  init(_ parameters: [Parameter], learningRate: Double) {
    (self.parameters, self.learningRate) = (parameters, learningRate)
  }

  func restore(_ state: [Tensor]) {}

  func step(_ pool: ComputePool) {
    steps += 1
    for parameter in parameters {
      for index in 0..<parameter.value.count where parameter.gradient[index] != 0 {
        parameter.value[index] -= Float(learningRate) * (parameter.gradient[index] > 0 ? 1 : -1)
      }
    }
  }
}

extension OptimizerKind {
  static let signSGD = OptimizerKind(
    "sign-sgd", title: "SignSGD", summary: "steps of one size", defaultLearningRate: 0.0001
  ) { parameters, settings in
    SignSGD(parameters, learningRate: settings.learningRate)
  }
}
