import CKernels

/// max(x, 0)
final class ReLU: Layer {
  private let pool: ComputePool
  private let output: Activations
  private let inputGradient: Activations

  init(features: Int, capacity: Int, pool: ComputePool) {
    self.pool = pool
    output = Activations(features: features, capacity: capacity)
    inputGradient = Activations(features: features, capacity: capacity)
  }

  func forward(_ input: Activations, count: Int, pass: Pass) -> Activations {
    pool.run(blockCount(count)) { block, _ in
      whisker_relu_forward(Int64(output.blockStride), input.block(block), output.block(block))
    }
    return output
  }

  func backward(
    _ gradient: Activations, count: Int, needsInputGradient: Bool, step: FusedStep?
  ) -> Activations? {
    guard needsInputGradient else { return nil }
    pool.run(blockCount(count)) { block, _ in
      whisker_relu_backward(
        Int64(output.blockStride), output.block(block), gradient.block(block), inputGradient.block(block))
    }
    return inputGradient
  }
}
