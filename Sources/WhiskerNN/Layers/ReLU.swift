import CKernels
import WhiskerTensor

/// max(x, 0)
final class ReLU: Layer {
  private let features: Int
  private let pool: ComputePool
  private let output: Tensor
  private let inputGradient: Tensor

  init(features: Int, capacity: Int, pool: ComputePool) {
    (self.features, self.pool) = (features, pool)
    output = Tensor(shape: [capacity, features])
    inputGradient = Tensor(shape: [capacity, features])
  }

  func forward(_ input: Tensor, count: Int, pass: Pass) -> Tensor {
    pool.run(count) { row, _ in
      whisker_relu_forward(Int64(features), input.row(row, of: features), output.row(row, of: features))
    }
    return output
  }

  func backward(_ gradient: Tensor, count: Int, needsInputGradient: Bool) -> Tensor? {
    guard needsInputGradient else { return nil }
    pool.run(count) { row, _ in
      whisker_relu_backward(
        Int64(features), output.row(row, of: features), gradient.row(row, of: features),
        inputGradient.row(row, of: features))
    }
    return inputGradient
  }
}
